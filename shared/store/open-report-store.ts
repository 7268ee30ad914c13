import type { Env } from "../contract/parse-env.ts";
import { bucketStore } from "./bucket-store.ts";
import { folderStore } from "./folder-store.ts";
import type { ReportStore } from "./report-store.ts";

/** The store that the environment names. */
export const openReportStore = ({ REPORT_DIR, REPORT_DIR_URL, REPORT_BUCKET = "" }: Env): ReportStore =>
  REPORT_DIR === undefined ? bucketStore(REPORT_BUCKET) : folderStore(REPORT_DIR, REPORT_DIR_URL);

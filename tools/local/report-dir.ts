import { join } from "node:path";

/** The folder of a data directory that replaces the report bucket. */
export const reportDir = (dataDir: string): string => join(dataDir, "reports");

import { ITEM_VERSION, type Key, reportDoneKey } from "../contract/keys.ts";
import { USAGE_REPORTS_PREFIX } from "../contract/report-names.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import type { Notify } from "../notices/notifier.ts";
import type { ReportLink, ReportStore } from "../store/report-store.ts";
import type { Item, Table } from "../store/table.ts";
import { CONTENT_TYPES, type ReportFormat, xlsxContent } from "./content.ts";
import { reportNotification } from "./report-notification.ts";
import { finalFrom, type ReportPeriod } from "./report-period.ts";
import type { UsageWorkbook } from "./workbook.ts";

export type ScheduledReportDeps = {
  table: Table;
  reports: ReportStore;
  notify: Notify;
  /** Reads the report of a period as of `now`. */
  makeWorkbook: (period: ReportPeriod, now: EpochMs) => Promise<UsageWorkbook>;
  lostAfterMs: number;
};

export type ScheduledReportOutcome =
  | { outcome: "made"; xlsx: string; json: string; final: boolean }
  | { outcome: "done before"; xlsx: string; json: string };

/** How long the link of a notification is valid: about as long as the function's credentials, which sign it. */
const LINK_SECONDS = 12 * 3_600;

/**
 * Makes the report of a period: stores the workbook and the JSON, sends a notification, then marks the report as done. A
 * report that is done is made again only on request. A run that breaks off is repeated from its beginning and overwrites its
 * files. So there is one report in the end, and people get at least one notification. A report that is made before it is
 * final is also announced; the final one is still made later.
 */
export const makeScheduledReport = async (
  deps: ScheduledReportDeps,
  { period, again }: { period: ReportPeriod; again: boolean },
  now: EpochMs,
): Promise<ScheduledReportOutcome> => {
  const { table, reports, notify } = deps;
  const names = { xlsx: nameOf(period, "xlsx"), json: nameOf(period, "json") };
  const uris = { xlsx: reports.uri(names.xlsx), json: reports.uri(names.json) };
  const finalAt = finalFrom(period, deps.lostAfterMs);
  if (!again && isDone(await table.get(doneKey(period), { consistent: true }), finalAt))
    return { outcome: "done before", ...uris };

  const book = await deps.makeWorkbook(period, now);
  const asOf = formatTime(now);
  const { contentType, body } = await xlsxContent(book, now);
  await reports.put(names.xlsx, { contentType, body });
  await reports.put(names.json, { contentType: CONTENT_TYPES.json, body: JSON.stringify({ asOf, ...book.report }) });
  const link: ReportLink = await reports.link(names.xlsx, now, LINK_SECONDS);
  const final = now >= finalAt;
  await notify(reportNotification({ book, period, asOf, final, link, uris }));
  const item: Key & Item = { ...doneKey(period), v: ITEM_VERSION, asOf, ...uris };
  await table.write({ kind: "put", item });
  return { outcome: "made", ...uris, final };
};

const nameOf = ({ fromDay, toDay }: ReportPeriod, format: ReportFormat): string =>
  `${USAGE_REPORTS_PREFIX}${fromDay}_${toDay}.${format}`;

const doneKey = ({ fromDay, toDay }: ReportPeriod): Key => reportDoneKey(`${fromDay}_${toDay}`);

const isDone = (item: Item | undefined, finalAt: EpochMs): boolean =>
  item !== undefined && Date.parse(String(item["asOf"])) >= finalAt;

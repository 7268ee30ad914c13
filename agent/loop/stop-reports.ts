import type { SessionStopped } from "../wire/bodies.ts";
import type { StopReports } from "./types.ts";

// Far more than can be stopped in the time that a server is away; a report of a later attempt replaces an earlier one.
const MOST = 5_000;

/** What became of stops, the latest of each session, until an answer shows that the server has it. */
export const createStopReports = (): StopReports & { add(report: SessionStopped): void } => {
  const reports = new Map<string, SessionStopped>();
  return {
    add: (report) => {
      reports.delete(report.session_id);
      reports.set(report.session_id, report);
      const [oldest] = reports.keys();
      if (reports.size > MOST && oldest !== undefined) reports.delete(oldest);
    },
    waiting: (most) => [...reports.values()].slice(0, most),
    delivered: (delivered) => {
      for (const report of delivered) if (reports.get(report.session_id) === report) reports.delete(report.session_id);
    },
  };
};

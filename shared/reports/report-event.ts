import type { Fault } from "../contract/problems.ts";
import type { EpochMs } from "../contract/time.ts";
import { type ReportPeriod, readPeriod } from "./report-period.ts";

/** The job's request: a period, or without one the last period that is due. `again`: make it even if it is done. */
export type ReportRequest = { period: ReportPeriod | undefined; again: boolean };

export type ReportRequestReading = { ok: true; request: ReportRequest } | { ok: false; faults: Fault[] };

/** Reads the job's event, `{for?: "2026-10" | "2026-W41" | "2026-H1" | "2026", again?: true}`. Returns all its faults at once. */
export const readReportEvent = (event: unknown, timeZone: string, now: EpochMs): ReportRequestReading => {
  if (typeof event !== "object" || event === null || Array.isArray(event))
    return { ok: false, faults: [{ path: "", message: "must be an object" }] };
  const { for: wanted, again, ...unknown }: { for?: unknown; again?: unknown } = event;
  const faults: Fault[] = Object.keys(unknown).map((path) => ({ path, message: "is not known. Use for or again" }));
  if (again !== undefined && typeof again !== "boolean")
    faults.push({ path: "again", message: "must be true or false" });
  if (again === true && wanted === undefined)
    faults.push({ path: "again", message: "requires for, which names the period" });
  const reading = wanted === undefined ? undefined : readPeriod(String(wanted), timeZone, now);
  if (reading?.ok === false) faults.push({ path: "for", message: reading.message });
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, request: { period: reading?.ok === true ? reading.period : undefined, again: again === true } };
};

/** Settings that the deploy configuration and the environment check alike. */

/** The periods for which reports are made automatically. */
export const REPORT_SCHEDULES = ["weekly", "monthly"] as const;
export type ReportSchedule = (typeof REPORT_SCHEDULES)[number];

/** Whether a name is a time zone of this process's IANA database. A bare offset (`+02:00`) is not. */
export const isTimeZone = (name: string): boolean => {
  // The default. Loading the database takes longer than loading the rest of a function, and most functions do not need it.
  if (name === "UTC") return true;
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** The days before a license's end on which the log and the notices warn, the fewest first. A begun day counts. */
export const WARNED_DAYS: readonly number[] = [1, 2, 7, 14, 30];

/** The URL under which operators reach a server, without a slash at its end. */
export const PUBLIC_URL = /^https:\/\/[a-z0-9.-]+(:\d{1,5})?(\/[A-Za-z0-9_.-]+)*$/;
export const PUBLIC_URL_FAULT = "must be a URL that begins with https:// and has no slash at its end";

/** How seats are taken and become free. */
export const SEAT_MODES = ["period", "floating"] as const;

/** What the deploy configuration and the environment agree on of settings that are more than a number or a flag. */

/** The periods of which reports are made by themselves. */
export const REPORT_SCHEDULES = ["weekly", "monthly"] as const;
export type ReportSchedule = (typeof REPORT_SCHEDULES)[number];

/** Whether a name is a time zone of the IANA database, as this process knows it. A bare offset (`+02:00`) is none. */
export const isTimeZone = (name: string): boolean => {
  // The default. Loading the database takes longer than loading all else of a function, and most need no time zone.
  if (name === "UTC") return true;
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

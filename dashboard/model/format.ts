/** Numbers, durations and times in the reader's language and time zone. */
export type Formats = {
  number: (value: number) => string;
  /** `1 session`, `2,345 sessions`. */
  count: (value: number, noun: string) => string;
  /** With up to two decimals. */
  decimal: (value: number) => string;
  percent: (share: number) => string;
  /** Without decimals. */
  money: (value: number, currency: string) => string;
  /** The two largest units of a duration, as `103h 19m`; a zero unit is left out. */
  duration: (seconds: number) => string;
  /** With two decimals, so that the figures of a column align. */
  rate: (value: number) => string;
  date: (time: string | number) => string;
  /** A range of dates; what both share appears once. */
  dates: (from: string, to: string) => string;
  time: (time: string | number) => string;
  /** The time of day, to the second. */
  clock: (time: string | number) => string;
  /** The labels of a time axis, for moments this many seconds apart; in the reader's zone, or in UTC for days. */
  axisLabels: (seconds: readonly number[], spacingSeconds: number, zone?: "UTC") => string[];
  /** The reader's zone, as `Europe/Berlin (GMT+1)`. */
  zone: (now: number) => string;
  /** The same moment in UTC, to the second. */
  utc: (time: string | number) => string;
  /** A day given as `2026-11-20`, the same in every zone. */
  day: (date: string) => string;
};

/** Formats for a language and time zone; the defaults are the reader's own. */
export const createFormats = (locale?: string, timeZone?: string): Formats => {
  const zone = timeZone === undefined ? {} : { timeZone };
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const rate = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const date = new Intl.DateTimeFormat(locale, { ...zone, dateStyle: "medium" });
  const time = new Intl.DateTimeFormat(locale, { ...zone, dateStyle: "medium", timeStyle: "short" });
  const clock = new Intl.DateTimeFormat(locale, { ...zone, timeStyle: "medium" });
  const utc = new Intl.DateTimeFormat(locale, { timeZone: "UTC", dateStyle: "medium", timeStyle: "medium" });
  const day = new Intl.DateTimeFormat(locale, { timeZone: "UTC", dateStyle: "medium" });
  return {
    number: (value) => number.format(value),
    count: (value, noun) => `${number.format(value)} ${noun}${value === 1 ? "" : "s"}`,
    decimal: (value) => decimal.format(value),
    rate: (value) => rate.format(value),
    percent: (share) => percent.format(share),
    money: (value, currency) =>
      new Intl.NumberFormat(locale, { style: "currency", currency, maximumFractionDigits: 0 }).format(value),
    duration: durationFormat(locale),
    date: (value) => date.format(new Date(value)),
    dates: (from, to) => date.formatRange(new Date(from), new Date(to)),
    time: (value) => time.format(new Date(value)),
    clock: (value) => clock.format(new Date(value)),
    axisLabels: axisLabelsFormat(locale, timeZone),
    zone: (now) => zoneName(locale, timeZone, now),
    utc: (value) => `${utc.format(new Date(value))} UTC`,
    day: (value) => day.format(new Date(`${value}T00:00:00Z`)),
  };
};

const DAY_SECONDS = 86_400;

/** The first label, and the first of each new year (or day, on an axis of hours), gets a second line. */
const axisLabelsFormat =
  (locale: string | undefined, timeZone: string | undefined): Formats["axisLabels"] =>
  (seconds, spacingSeconds, zone) => {
    const at = zone ?? timeZone;
    const formatOf = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(locale, at === undefined ? options : { ...options, timeZone: at });
    const year = formatOf({ year: "numeric" });
    const label = formatOf(axisLabelOptions(spacingSeconds));
    const group = spacingSeconds < DAY_SECONDS ? formatOf({ month: "short", day: "numeric" }) : year;
    let previous: string | undefined;
    return seconds.map((second) => {
      const moment = new Date(second * 1_000);
      const current = group.format(moment);
      const text = current === previous ? label.format(moment) : `${label.format(moment)}\n${current}`;
      previous = current;
      return text;
    });
  };

const axisLabelOptions = (spacingSeconds: number): Intl.DateTimeFormatOptions => {
  if (spacingSeconds < DAY_SECONDS) return { timeStyle: "short" };
  return spacingSeconds < 28 * DAY_SECONDS ? { month: "short", day: "numeric" } : { month: "short" };
};

const zoneName = (locale: string | undefined, timeZone: string | undefined, now: number): string => {
  const format = new Intl.DateTimeFormat(locale, {
    timeZoneName: "shortOffset",
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  const offset = format.formatToParts(now).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const { timeZone: name } = format.resolvedOptions();
  return name === "UTC" ? name : `${name} (${offset})`;
};

/** A name inside a text, isolated so that a right-to-left name does not reorder the text around it (Unicode, UAX #9). */
export const isolated = (name: string): string => `\u2068${name}\u2069`;

/** An error detail of the server as a sentence: details start in lower case and have no full stop. */
export const asSentence = (text: string): string => {
  const [first = "", ...rest] = text.trim();
  return `${first.toUpperCase()}${rest.join("")}${/[.!?]$/.test(text.trim()) ? "" : "."}`;
};

const durationFormat = (locale: string | undefined): ((seconds: number) => string) => {
  const [hours, minutes, seconds] = (["hour", "minute", "second"] as const).map(
    (unit) =>
      new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow", maximumFractionDigits: 0 }).format,
  ) as [Format, Format, Format];
  return (value) => {
    const whole = Math.round(value);
    if (whole < 60) return seconds(whole);
    if (whole < 3_600) return joinUnits(minutes, Math.floor(whole / 60), seconds, whole % 60);
    // From one hour, seconds are left out and minutes rounded: 1 h 59 min 40 s becomes 2 h.
    const inMinutes = Math.round(whole / 60);
    return joinUnits(hours, Math.floor(inMinutes / 60), minutes, inMinutes % 60);
  };
};

type Format = (value: number) => string;

const joinUnits = (major: Format, majorValue: number, minor: Format, minorValue: number): string =>
  minorValue === 0 ? major(majorValue) : `${major(majorValue)} ${minor(minorValue)}`;

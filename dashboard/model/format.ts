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
  /** The two largest units that a time takes, as `103h 19m`; a unit of none is left out. */
  duration: (seconds: number) => string;
  /** With two decimals, so that figures of a column stand under each other. */
  rate: (value: number) => string;
  date: (time: string | number) => string;
  /** From one date to another, without saying twice what both share. */
  dates: (from: string, to: string) => string;
  time: (time: string | number) => string;
  /** The time of day, to the second. */
  clock: (time: string | number) => string;
  /** The marks of a time axis that stand so many seconds apart, in the reader's zone or, for days, in UTC. */
  marks: (seconds: readonly number[], apartSeconds: number, zone?: "UTC") => string[];
  /** The reader's zone, as `Europe/Berlin (GMT+1)`. */
  zone: (now: number) => string;
  /** The same moment in UTC, to the second. */
  utc: (time: string | number) => string;
  /** A day given as `2026-11-20`, whatever the reader's zone. */
  day: (date: string) => string;
};

/** Formats for a language, or for the reader's own; `timeZone` is the reader's if it is not given. */
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
    marks: marksFormat(locale, timeZone),
    zone: (now) => zoneName(locale, timeZone, now),
    utc: (value) => `${utc.format(new Date(value))} UTC`,
    day: (value) => day.format(new Date(`${value}T00:00:00Z`)),
  };
};

const DAY_SECONDS = 86_400;

/** A year stands at the first mark and wherever one begins. */
const marksFormat =
  (locale: string | undefined, timeZone: string | undefined): Formats["marks"] =>
  (seconds, apartSeconds, zone) => {
    const at = zone ?? timeZone;
    const formatOf = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(locale, at === undefined ? options : { ...options, timeZone: at });
    const year = formatOf({ year: "numeric" });
    const small = formatOf(marksOptions(apartSeconds));
    const group = apartSeconds < DAY_SECONDS ? formatOf({ month: "short", day: "numeric" }) : year;
    let before: string | undefined;
    return seconds.map((one) => {
      const moment = new Date(one * 1_000);
      const over = group.format(moment);
      const text = over === before ? small.format(moment) : `${small.format(moment)}\n${over}`;
      before = over;
      return text;
    });
  };

const marksOptions = (apartSeconds: number): Intl.DateTimeFormatOptions => {
  if (apartSeconds < DAY_SECONDS) return { timeStyle: "short" };
  return apartSeconds < 28 * DAY_SECONDS ? { month: "short", day: "numeric" } : { month: "short" };
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

/** A name in the midst of a text: one that is read from right to left turns nothing around it (Unicode, UAX #9). */
export const isolated = (name: string): string => `\u2068${name}\u2069`;

/** What the server says, as a sentence: its details begin small and end without a point. */
export const sentence = (text: string): string => {
  const [first = "", ...rest] = text.trim();
  return `${first.toUpperCase()}${rest.join("")}${/[.!?]$/.test(text.trim()) ? "" : "."}`;
};

const durationFormat = (locale: string | undefined): ((seconds: number) => string) => {
  const [hours, minutes, rest] = (["hour", "minute", "second"] as const).map(
    (unit) =>
      new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow", maximumFractionDigits: 0 }).format,
  ) as [Format, Format, Format];
  return (seconds) => {
    const whole = Math.round(seconds);
    if (whole < 60) return rest(whole);
    if (whole < 3_600) return joined(minutes, Math.floor(whole / 60), rest, whole % 60);
    // From an hour on seconds are left out, so the minutes are rounded: 59 min 40 s may make another hour.
    const inMinutes = Math.round(whole / 60);
    return joined(hours, Math.floor(inMinutes / 60), minutes, inMinutes % 60);
  };
};

type Format = (value: number) => string;

const joined = (large: Format, much: number, small: Format, little: number): string =>
  little === 0 ? large(much) : `${large(much)} ${small(little)}`;

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
  date: (time: string | number) => string;
  time: (time: string | number) => string;
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
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const date = new Intl.DateTimeFormat(locale, { ...zone, dateStyle: "medium" });
  const time = new Intl.DateTimeFormat(locale, { ...zone, dateStyle: "medium", timeStyle: "short" });
  const utc = new Intl.DateTimeFormat(locale, { timeZone: "UTC", dateStyle: "medium", timeStyle: "medium" });
  const day = new Intl.DateTimeFormat(locale, { timeZone: "UTC", dateStyle: "medium" });
  return {
    number: (value) => number.format(value),
    count: (value, noun) => `${number.format(value)} ${noun}${value === 1 ? "" : "s"}`,
    decimal: (value) => decimal.format(value),
    percent: (share) => percent.format(share),
    money: (value, currency) =>
      new Intl.NumberFormat(locale, { style: "currency", currency, maximumFractionDigits: 0 }).format(value),
    duration: durationFormat(locale),
    date: (value) => date.format(new Date(value)),
    time: (value) => time.format(new Date(value)),
    utc: (value) => `${utc.format(new Date(value))} UTC`,
    day: (value) => day.format(new Date(`${value}T00:00:00Z`)),
  };
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

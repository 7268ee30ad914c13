/** A moment, in milliseconds since 1970-01-01T00:00:00Z. Times are text only in requests, answers and stored items. */
export type EpochMs = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

// An offset can move a moment beyond the years with four digits. Its text would no longer sort as time.
/** The first moment that RFC 3339 can write. */
export const FIRST_TIME = Date.parse("0000-01-01T00:00:00.000Z");
const LAST_TIME = Date.parse("9999-12-31T23:59:59.999Z");

/** Reads an RFC 3339 date-time with any offset. Undefined for other text, and for a day that does not exist. */
export const parseTime = (text: string): EpochMs | undefined => {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour] = [Number(match[1]), Number(match[2]), Number(match[3]), Number(match[4])];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  // ECMAScript reads 24:00:00 as the start of the next day. RFC 3339 does not allow it.
  if (hour > 23) return undefined;
  const time = Date.parse(text.toUpperCase());
  return time >= FIRST_TIME && time <= LAST_TIME ? time : undefined;
};

/** RFC 3339 in UTC with milliseconds. All such texts have one length, so they sort as time. Throws for a time beyond `Date`'s. */
export const formatTime = (time: EpochMs): string => {
  const known = formatted.get(time);
  if (known !== undefined) return known;
  const text = new Date(time).toISOString();
  if (formatted.size >= MOST_FORMATTED) formatted.clear();
  formatted.set(time, text);
  return text;
};

// A request formats the same few times again and again.
const MOST_FORMATTED = 16;
const formatted = new Map<EpochMs, string>();

/** The UTC day of a moment, `yyyy-mm-dd`. */
export const dayOf = (time: EpochMs): string => formatTime(time).slice(0, 10);

/** The UTC month of a moment, `yyyy-mm`. */
export const monthOf = (time: EpochMs): string => formatTime(time).slice(0, 7);

/** The first moment of a day (`yyyy-mm-dd`) or month (`yyyy-mm`) in UTC. */
export const startOf = (period: string): EpochMs => Date.parse(period.length === 7 ? `${period}-01` : period);

/** The month after a month, both `yyyy-mm`. */
export const nextMonth = (month: string): string => {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return monthOf(Date.UTC(year, number, 1));
};

/** How many days a month has; `month` counts from 1. */
export const daysInMonth = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** The later of two days, or of two texts of one form that sort as time. */
export const latest = (one: string, other: string): string => (one > other ? one : other);

/** The earlier of two such. */
export const earliest = (one: string, other: string): string => (one < other ? one : other);

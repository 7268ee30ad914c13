/** What a field may not be, by the kind of field: a label for the test's name, and the value. */
export type BadValues = readonly (readonly [label: string, value: unknown])[];

/** The same for an optional field, of which null says that it is absent. */
export const orNull = (values: BadValues): BadValues => values.filter(([, value]) => value !== null);

const NOT_TEXT: BadValues = [
  ["a number", 7],
  ["null", null],
  ["a truth value", true],
  ["an object", {}],
  ["a list", ["x"]],
];

/** 1 to 128 characters of the id alphabet. */
export const NOT_AN_ID: BadValues = [
  ...NOT_TEXT,
  ["empty", ""],
  ["129 characters", "x".repeat(129)],
  ["with a space", "a b"],
  ["with a percent sign", "a%2Fb"],
  ["with a hash", "a#b"],
  ["with a line break", "a\n"],
  ["with a letter beyond ASCII", "é"],
];

/** Free text up to a number of characters, without control characters. */
export const notText = (maxLength: number): BadValues => [
  ...NOT_TEXT,
  ["empty", ""],
  [`${maxLength + 1} characters`, "x".repeat(maxLength + 1)],
  ["with a line break", "a\nb"],
  ["with a null character", "a\0b"],
  ["with an escape sequence", "a\u001b[31mb"],
];

/** RFC 3339, with an offset, of a day that there is. */
export const NOT_A_TIME: BadValues = [
  ...NOT_TEXT,
  ["epoch milliseconds", 1_794_312_000_000],
  ["empty", ""],
  ["without an offset", "2026-11-10T12:00:00"],
  ["without a time", "2026-11-10"],
  ["the 30th of February", "2026-02-30T12:00:00Z"],
  ["the 29th of February of a common year", "2026-02-29T12:00:00Z"],
  ["of month 13", "2026-13-10T12:00:00Z"],
  ["at 24 o'clock", "2026-11-10T24:00:00Z"],
  ["at minute 60", "2026-11-10T12:60:00Z"],
  ["of an offset that there is not", "2026-11-10T12:00:00+24:00"],
  ["before the year 0", "0000-01-01T00:00:00+14:00"],
  ["after the year 9999", "9999-12-31T23:59:59-01:00"],
  ["with a space in place of the T", "2026-11-10 12:00:00Z"],
  ["of another calendar notation", "Tue, 10 Nov 2026 12:00:00 GMT"],
];

export const NOT_A_LIST: BadValues = [
  ["null", null],
  ["an object", {}],
  ["text", "x"],
  ["a number", 1],
];

export const NOT_A_FLAG: BadValues = [
  ["null", null],
  ["text", "true"],
  ["a number", 1],
];

export const NOT_AN_OBJECT: BadValues = [
  ["null", null],
  ["text", "ana"],
  ["a number", 1],
];

export const NOT_A_PORT: BadValues = [
  ["text", "8080"],
  ["null", null],
  ["0", 0],
  ["negative", -1],
  ["65536", 65_536],
  ["a fraction", 80.5],
];

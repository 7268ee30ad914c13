import type { Style } from "exceljs";
import { DAY_MS, SECOND_MS } from "../contract/time.ts";

/** One cell: a value and its format. The value is a primitive or a date: exceljs turns an object into a formula. */
export type Cell = { value: string | number | Date | null; style: Partial<Style> };

/**
 * A name, verbatim. A string cell is never read as a formula, and the text format keeps it text when it is edited. Only
 * what XML 1.0 and Excel cannot hold is removed: control characters, lone surrogates, U+FFFE, U+FFFF, and everything beyond
 * 32,767 characters. Text that looks like Excel's escape of a character (`_x0041_`, ECMA-376-1, 22.9.2.19) is escaped, so
 * that it is shown unchanged.
 */
export const textCell = (text: string): Cell => ({ value: cellText(text), style: TEXT });

/** A moment as a date cell, in UTC, to the second. Before March 1900 and after 9999 Excel has no date: text instead. */
export const dateCell = (rfc3339: string): Cell => {
  const time = Date.parse(rfc3339);
  if (!(time >= FIRST_DATE && time < END_OF_DATES)) return textCell(rfc3339);
  return { value: new Date(Math.floor(time / SECOND_MS) * SECOND_MS), style: DATE };
};

/** A day, `yyyy-mm-dd`, as a date cell. */
export const dayCell = (day: string): Cell => ({ value: new Date(day), style: DAY });

/** A duration, shown as hours, minutes and seconds. Excel counts time in days. */
export const durationCell = (seconds: number): Cell => ({ value: (seconds * SECOND_MS) / DAY_MS, style: DURATION });

/** A duration that may be unknown: then the cell is empty. */
export const durationOrBlankCell = (seconds: number | null): Cell =>
  seconds === null ? { value: null, style: DURATION } : durationCell(seconds);

export const countCell = (count: number): Cell => ({ value: count, style: COUNT });

/** A count that may be unknown. Then the cell is empty, so sums and charts ignore it. */
export const countOrBlankCell = (count: number | null): Cell => ({ value: count, style: COUNT });

export const meanCell = (mean: number): Cell => ({ value: mean, style: MEAN });

export const headingCell = (text: string): Cell => ({ value: text, style: HEADING });

// exceljs recognises a style by its object. Use one object per style, or every cell adds an entry to its cache.
// The heading names its font in full, like the default of all other cells: programs choose whatever is left out.
const HEADING: Partial<Style> = Object.freeze({ font: { name: "Calibri", family: 2, size: 11, bold: true } });
const TEXT: Partial<Style> = Object.freeze({ numFmt: "@" });
const DATE: Partial<Style> = Object.freeze({ numFmt: "yyyy-mm-dd hh:mm:ss" });
const DAY: Partial<Style> = Object.freeze({ numFmt: "yyyy-mm-dd" });
const DURATION: Partial<Style> = Object.freeze({ numFmt: "[h]:mm:ss" });
const COUNT: Partial<Style> = Object.freeze({ numFmt: "#,##0" });
const MEAN: Partial<Style> = Object.freeze({ numFmt: "0.00" });

// Excel treats 1900 as a leap year, so its dates are right only from 1 March 1900.
const FIRST_DATE = Date.UTC(1900, 2, 1);
const END_OF_DATES = Date.UTC(10_000, 0, 1);

const MAX_CELL_CHARACTERS = 32_767;
const UNSTORABLE = /[\p{Cc}\p{Cs}\ufffe\uffff]/gu;
const ESCAPE_ALIKE = /_(?=x[0-9A-Fa-f]{4}_)/g;

const cellText = (text: string): string => {
  const storable = text.replace(UNSTORABLE, "").slice(0, MAX_CELL_CHARACTERS);
  // The cut may have split a surrogate pair.
  return storable.replace(/\p{Cs}$/u, "").replace(ESCAPE_ALIKE, "_x005F_");
};

import type { LockedPort } from "../../shared/contract/responses.ts";
import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";

// Control characters drive a terminal, and format characters change the direction of the text after them. The two joiners
// are part of words in several scripts and do neither. A typed U+FFFD looks like damaged input.
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffd]/gu;

const ESCAPE = /\\u([0-9a-f]{4})/g;

/**
 * Text that somebody chose, made safe for a terminal: each unsafe character becomes its `\u` escape. A backslash becomes
 * one too where it would begin such an escape, so that `asTyped` gives exactly this text again.
 */
export const safe = (text: string): string =>
  text
    .replace(ESCAPE, (found, hex: string) => (isEscape(hex) ? `\\u005c${found.slice(1)}` : found))
    .replace(UNSAFE, escaped);

/** A name as a table shows it, which a person typed: its escapes are characters again. */
export const asTyped = (shown: string): string =>
  shown.replace(ESCAPE, (found, hex: string) => (isEscape(hex) ? characterOf(hex) : found));

/** The same as `safe` for a text of many lines in which such characters stand inside strings only, as JSON and YAML. */
export const safeDocument = (text: string): string =>
  text.replace(UNSAFE, (char) => (char === "\n" ? char : escaped(char)));

/** Whether there is anything to escape. */
export const isUnsafe = (text: string): boolean => text.search(UNSAFE) >= 0;

const escaped = (char: string): string =>
  [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");

const characterOf = (hex: string): string => String.fromCharCode(Number.parseInt(hex, 16));

const isEscape = (hex: string): boolean => characterOf(hex) === "\\" || isUnsafe(characterOf(hex));

const UNITS = [
  [DAY_MS / SECOND_MS, "d"],
  [HOUR_MS / SECOND_MS, "h"],
  [MINUTE_MS / SECOND_MS, "m"],
  [1, "s"],
] as const;

/** A duration as `mirrord operator status` shows it: `1h 5m 3s`. */
export const duration = (seconds: number): string => {
  let rest = Math.max(0, Math.floor(seconds));
  const parts = UNITS.flatMap(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count}${unit}`];
  });
  return parts.length === 0 ? "0s" : parts.join(" ");
};

/** The age of a moment in its largest unit: `3m ago`. */
export const age = (rfc3339: string | null, now: EpochMs): string => {
  if (rfc3339 === null) return "-";
  return `${duration((now - Date.parse(rfc3339)) / SECOND_MS).split(" ")[0]} ago`;
};

/** How long ago a moment was, in words and in its largest unit: `300 days ago`. */
export const longAgo = (rfc3339: string, now: EpochMs): string => {
  const seconds = Math.max(0, (now - Date.parse(rfc3339)) / SECOND_MS);
  const [size, noun] = WORDS.find(([unit]) => seconds >= unit) ?? [1, "second"];
  return `${count(Math.floor(seconds / size), noun)} ago`;
};

const WORDS = [
  [DAY_MS / SECOND_MS, "day"],
  [HOUR_MS / SECOND_MS, "hour"],
  [MINUTE_MS / SECOND_MS, "minute"],
] as const;

/** A moment to the second, in UTC. */
export const moment = (rfc3339: string): string => `${rfc3339.slice(0, 19).replace("T", " ")} UTC`;

export const day = (rfc3339: string): string => rfc3339.slice(0, 10);

/** The ports of a session, as `80 (steal), 8080 (mirror, x-user: ana)`. */
export const ports = (locked: readonly LockedPort[]): string =>
  locked
    .map(({ port, kind, filter }) => `${port} (${[kind, ...(filter === undefined ? [] : [filter])].join(", ")})`)
    .join(", ");

/** A count with its noun: `1 session`, `3 sessions`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** `8 of 25`, `8 (unlimited)`. */
export const ofMax = (used: number, max: number | null): string =>
  max === null ? `${used} (unlimited)` : `${used} of ${max}`;

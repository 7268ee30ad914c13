import type { LockedPort } from "../../shared/contract/responses.ts";
import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";

// Control characters drive the terminal, format characters turn the direction of what follows. The joiners are letters'
// own in several scripts and do neither.
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text that somebody chose, so that it can do nothing to a terminal: what could stands there as its `\u` escape. */
export const safe = (text: string): string => text.replace(UNSAFE, escaped);

/** The same for a text of many lines in which such characters may only stand inside strings, as JSON and YAML. */
export const safeDocument = (text: string): string =>
  text.replace(UNSAFE, (char) => (char === "\n" ? char : escaped(char)));

/** Whether there is anything to escape. */
export const isUnsafe = (text: string): boolean => text.search(UNSAFE) >= 0;

const escaped = (char: string): string =>
  [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");

const UNITS = [
  [DAY_MS / SECOND_MS, "d"],
  [HOUR_MS / SECOND_MS, "h"],
  [MINUTE_MS / SECOND_MS, "m"],
  [1, "s"],
] as const;

/** A duration in the words of `mirrord operator status`: `1h 5m 3s`. */
export const duration = (seconds: number): string => {
  let rest = Math.max(0, Math.floor(seconds));
  const parts = UNITS.flatMap(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count}${unit}`];
  });
  return parts.length === 0 ? "0s" : parts.join(" ");
};

/** How long ago a moment was, in its largest unit, as kubectl writes an age: `3m`. */
export const age = (rfc3339: string | null, now: EpochMs): string => {
  if (rfc3339 === null) return "-";
  return `${duration((now - Date.parse(rfc3339)) / SECOND_MS).split(" ")[0]} ago`;
};

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

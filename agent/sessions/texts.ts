import { createHash } from "node:crypto";

/**
 * Texts of the cluster, made fit for the contract: within its bounds, printable, never empty. Nothing that a user chose as a
 * name can make the server refuse a session.
 */

export const UNKNOWN = "unknown";

// The contract refuses these: they forge log lines, reorder what a reader sees, or cannot be stored.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\p{Cs}]/gu;

/** The printable part of a text, at most `maxLength` UTF-16 units. Undefined if nothing is left, or if it is no text. */
export const clean = (value: unknown, maxLength: number): string | undefined => {
  const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  if (typeof text !== "string") return undefined;
  const printable = text.replace(UNPRINTABLE, "").trim().slice(0, maxLength);
  // A cut can leave half a surrogate pair, and white space at the new end.
  const cut = printable.replace(UNPRINTABLE, "").trim();
  return cut === "" ? undefined : cut;
};

/** As `clean`, with `unknown` for nothing. */
export const required = (value: unknown, maxLength: number): string => clean(value, maxLength) ?? UNKNOWN;

const MAX_ID = 128;
const UID_DIGITS = 8;
/** Of an id that a separator and the digits of a uid follow. */
const MAX_PREFIX = MAX_ID - UID_DIGITS - 1;
const HASH_DIGITS = 40;
const HASH_PREFIX = "sha256-";

/**
 * The id itself if the contract accepts it, `unknown` for nothing, else a hash. Thus two ids that differ beyond the bound
 * stay two.
 */
export const boundedId = (value: unknown, maxLength = MAX_ID): string => {
  const id = typeof value === "string" ? value : "";
  if (id === "") return UNKNOWN;
  const fits = id.length <= maxLength && /^[A-Za-z0-9._:@/+=-]+$/.test(id);
  const isPath = id.split("/").some((part) => part === "." || part === "..");
  return fits && !isPath ? id : `${HASH_PREFIX}${hexHash(id).slice(0, HASH_DIGITS)}`;
};

/**
 * The id of a multi-cluster session: its name alone, because its parts know no more. A name that looks like the id of another
 * session is hashed, so that nobody who may name objects can end or change that session.
 */
export const parentIdOf = (name: string): string =>
  /[.:]/.test(name) || name.startsWith(HASH_PREFIX)
    ? `${HASH_PREFIX}${hexHash(name).slice(0, HASH_DIGITS)}`
    : boundedId(name);

/**
 * The id of a later multi-cluster session of the same name: `<name>:<first 8 hex digits of its uid>`. The contract refuses a dot
 * in the id of a parent.
 */
export const laterParentIdOf = (name: string, uid: string): string => {
  const id = parentIdOf(name);
  const start = id.length <= MAX_PREFIX ? id : `${HASH_PREFIX}${hexHash(name).slice(0, HASH_DIGITS)}`;
  return `${start}:${digitsOf(uid)}`;
};

const hexHash = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * `<object name>.<first 8 hex digits of its uid>`: a reconnect makes a new object of the same name, with another uid. A uid
 * that is no UUID is hashed.
 */
export const idOf = (name: string, uid: string): string => `${boundedId(name, MAX_PREFIX)}.${digitsOf(uid)}`;

const digitsOf = (uid: string): string => {
  const digits = /^[0-9a-f-]+$/i.test(uid) ? uid.replaceAll("-", "").toLowerCase() : "";
  return (digits.length >= UID_DIGITS ? digits : hexHash(uid)).slice(0, UID_DIGITS);
};

/** What a line says of an object that is active and has not changed otherwise. */
export type Activity = { uid: string; connected: string; resourceVersion: string };

const MODIFIED = Buffer.from('{"type":"MODIFIED",');
const DELETION = Buffer.from('"deletionTimestamp":');
const CLOSED = Buffer.from('"closed":');
const NULL = Buffer.from("null");
const UID = Buffer.from('"uid":"');
const GENERATION = Buffer.from('"generation":');
const CONNECTED = Buffer.from('"connectedTimestamp":"');
const VERSION = Buffer.from('"resourceVersion":"');

const QUOTE = 0x22;

/**
 * Reads a watch line without parsing it, if it only reports activity of a known object: each session has such a line every
 * three seconds. `generations` has the `metadata.generation` of each object that was open when it was last parsed; it grows
 * with every change of a `spec`. Returns undefined for a line that must be parsed.
 *
 * A quotation mark in a value is escaped in JSON, so a value never looks like one of these keys. If a key appears twice, the
 * line is parsed.
 */
export const readActivity = (line: Buffer, generations: ReadonlyMap<string, string>): Activity | undefined => {
  if (line.compare(MODIFIED, 0, MODIFIED.length, 0, Math.min(MODIFIED.length, line.length)) !== 0) return undefined;
  if (line.includes(DELETION) || isClosed(line)) return undefined;
  const [uid, connected] = [quoted(line, UID), quoted(line, CONNECTED)];
  const resourceVersion = quoted(line, VERSION);
  if (uid === undefined || connected === undefined || resourceVersion === undefined) return undefined;
  const known = generations.get(uid);
  if (known === undefined || known !== generationOf(line)) return undefined;
  return { uid, connected, resourceVersion };
};

const isClosed = (line: Buffer): boolean => {
  for (let at = line.indexOf(CLOSED); at >= 0; at = line.indexOf(CLOSED, at + 1)) {
    const value = at + CLOSED.length;
    if (line.compare(NULL, 0, NULL.length, value, Math.min(value + NULL.length, line.length)) !== 0) return true;
  }
  return false;
};

/** The position after the key; undefined unless the key appears once. */
const once = (line: Buffer, key: Buffer): number | undefined => {
  const at = line.indexOf(key);
  return at < 0 || line.indexOf(key, at + 1) >= 0 ? undefined : at + key.length;
};

const quoted = (line: Buffer, key: Buffer): string | undefined => {
  const from = once(line, key);
  const to = from === undefined ? -1 : line.indexOf(QUOTE, from);
  return to < 0 ? undefined : line.toString("latin1", from, to);
};

const generationOf = (line: Buffer): string => {
  const from = once(line, GENERATION);
  if (from === undefined) return "";
  let to = from;
  for (let digit = line[to]; digit !== undefined && digit >= 0x30 && digit <= 0x39; digit = line[to]) to += 1;
  return line.toString("latin1", from, to);
};

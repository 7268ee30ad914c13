import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import * as v from "valibot";
import type { EventStore, SessionEvent } from "../wire/outbox.ts";

export type JournalOptions = {
  path: string;
  /** The file is never larger. Events fill at most three quarters of it, so that it is seldom written anew. */
  maxBytes: number;
  /** The file cannot be written, or can be again (undefined). Events then wait in memory only. */
  onFault: (fault: string | undefined) => void;
};

export type Journal = EventStore & {
  /** The events that the file had when it was opened, the oldest first. */
  readonly found: ReadonlyMap<string, SessionEvent["event"]>;
  bytes(): number;
  close(): void;
};

const FILL = 3 / 4;

type Line = { id: string; event: SessionEvent["event"] } | { id: string; event: null };

/**
 * A file of the events that the server has not acknowledged. Each line is an event, or says that an event is done, behind a
 * checksum. A line that was cut or damaged is skipped, so a crash at any moment loses at most the line being written. A file
 * that is full is written anew with what still waits, and replaced in one step.
 */
export const openJournal = ({ path, maxBytes, onFault }: JournalOptions): Journal => {
  const lines = new Map<string, string>();
  const { found, bytes, hasTail } = readJournal(path, maxBytes);
  for (const [id, event] of found) lines.set(id, lineOf({ id, event }));
  let fileBytes = bytes;
  let liveBytes = [...lines.values()].reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  let file: number | undefined;
  let isFaulty = false;

  const attempt = (write: () => void): boolean => {
    try {
      write();
      if (isFaulty) onFault(undefined);
      isFaulty = false;
      return true;
    } catch (error) {
      if (file !== undefined) closeQuietly(file);
      file = undefined;
      isFaulty = true;
      onFault(error instanceof Error ? error.message : String(error));
      return false;
    }
  };

  const rewrite = (): void => {
    mkdirSync(dirname(path), { recursive: true });
    const next = `${path}.new`;
    const fresh = openSync(next, "w", 0o600);
    try {
      const text = Buffer.from([...lines.values()].join(""));
      writeAll(fresh, text);
      fsyncSync(fresh);
      fileBytes = text.length;
    } catch (error) {
      closeQuietly(fresh);
      rmSync(next, { force: true });
      throw error;
    }
    closeSync(fresh);
    if (file !== undefined) closeSync(file);
    renameSync(next, path);
    file = openSync(path, "a", 0o600);
  };

  const append = (line: string): void => {
    const text = Buffer.from(line);
    // After a failed write the file may end in the middle of a line, and lacks what came since.
    if (file === undefined || fileBytes + text.length > maxBytes) {
      rewrite();
      return;
    }
    const before = fileBytes;
    try {
      writeAll(file, text);
      fileBytes += text.length;
    } catch (error) {
      truncateSync(path, before);
      throw error;
    }
  };

  attempt(() => {
    if (hasTail || found.size === 0) return rewrite();
    file = openSync(path, "a", 0o600);
  });

  return {
    found,
    put: (id, event) => {
      const line = lineOf({ id, event });
      const old = lines.get(id);
      const size = Buffer.byteLength(line);
      const next = liveBytes + size - (old === undefined ? 0 : Buffer.byteLength(old));
      if (next > maxBytes * FILL) return false;
      // Behind the others: the order of the file is the order of the events.
      lines.delete(id);
      lines.set(id, line);
      liveBytes = next;
      attempt(() => append(line));
      return true;
    },
    done: (id) => {
      const line = lines.get(id);
      if (line === undefined) return;
      lines.delete(id);
      liveBytes -= Buffer.byteLength(line);
      attempt(() => append(lineOf({ id, event: null })));
    },
    bytes: () => fileBytes,
    close: () => {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
};

const readJournal = (
  path: string,
  maxBytes: number,
): { found: Map<string, SessionEvent["event"]>; bytes: number; hasTail: boolean } => {
  const found = new Map<string, SessionEvent["event"]>();
  let content: Buffer;
  try {
    const status = statSync(path);
    // Not written by an agent: a device has no end, and a file beyond the bound may not fit into memory.
    if (!status.isFile() || status.size > maxBytes) return { found, bytes: 0, hasTail: true };
    content = readFileSync(path);
  } catch {
    return { found, bytes: 0, hasTail: false };
  }
  const lines = content.toString("utf8").split("\n");
  const tail = lines.pop() ?? "";
  let damaged = 0;
  for (const text of lines) {
    const line = readLine(text);
    if (line === undefined) damaged += 1;
    else {
      found.delete(line.id);
      if (line.event !== null) found.set(line.id, line.event);
    }
  }
  return { found, bytes: content.length, hasTail: tail !== "" || damaged > 0 };
};

const lineOf = (line: Line): string => {
  const text = JSON.stringify(line);
  return `${checksum(text)} ${text}\n`;
};

const readLine = (text: string): Line | undefined => {
  if (text.slice(0, 8) !== checksum(text.slice(9))) return undefined;
  try {
    const line: unknown = JSON.parse(text.slice(9));
    return v.is(LineForm, line) ? (line as Line) : undefined;
  } catch {
    return undefined;
  }
};

// What another release wrote must not stop this one. The server judges the fields of an event.
const LineForm = v.object({
  id: v.string(),
  event: v.nullable(
    v.object({ kind: v.picklist(["started", "ended"]), body: v.looseObject({ session_id: v.string() }) }),
  ),
});

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, "0");

const writeAll = (file: number, bytes: Buffer): void => {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
};

const closeQuietly = (file: number): void => {
  try {
    closeSync(file);
  } catch {
    // The fault that led here is reported.
  }
};

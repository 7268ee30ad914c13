import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Journal, openJournal } from "../../../agent/outbox/journal.ts";
import type { SessionEvent } from "../../../agent/wire/outbox.ts";
import { DEEP } from "../../support/deep.ts";

type Event = SessionEvent["event"];

const MIB = 1024 * 1024;

let folder: string;
let path: string;
const faults: (string | undefined)[] = [];
const opened: Journal[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "agent-journal-"));
  path = join(folder, "data", "events.jsonl");
  faults.length = 0;
});
afterEach(() => {
  for (const journal of opened.splice(0)) journal.close();
  rmSync(folder, { recursive: true });
});

const open = (maxBytes = MIB): Journal => {
  const journal = openJournal({ path, maxBytes, onFault: (fault) => faults.push(fault) });
  opened.push(journal);
  return journal;
};

const started = (id: string): Event => ({
  kind: "started",
  body: {
    session_id: id,
    instance_id: "cluster-1",
    started_at: "2026-11-20T08:00:00.000Z",
    client: { id: "ana", hostname: "höst", username: "ana", kubernetes_username: "ana" },
    target: { namespace: "default", kind: "deployment", name: "web" },
  },
});
const ended = (id: string): Event => ({
  kind: "ended",
  body: { session_id: id, ended_at: "2026-11-20T08:01:00.000Z", reason: "Unused" },
});

describe("the file of waiting events", () => {
  it("has after a crash the events that are not done, in their order, the latest of each session", () => {
    const journal = open();
    journal.put("a", started("a"));
    journal.put("b", started("b"));
    journal.put("a", ended("a"));
    journal.put("c", started("c"));
    journal.done("b");
    expect([...open().found]).toEqual([
      ["a", ended("a")],
      ["c", started("c")],
    ]);
    expect(faults).toEqual([]);
  });

  it("has after a crash in the middle of any write the state before or after that write, and continues", () => {
    const journal = open();
    const states: Record<string, Event>[] = [{}];
    const sizes = [statSync(path).size];
    const step = (write: () => void, state: Record<string, Event>): void => {
      write();
      states.push(state);
      sizes.push(statSync(path).size);
    };
    step(() => journal.put("a", started("a")), { a: started("a") });
    step(() => journal.put("b", started("b")), { a: started("a"), b: started("b") });
    step(() => journal.put("a", ended("a")), { b: started("b"), a: ended("a") });
    step(() => journal.done("b"), { a: ended("a") });
    step(() => journal.done("a"), {});
    const whole = readFileSync(path);
    // Every border of a line, and a sample of the places between; all of them with DEEP=1.
    const cuts = Array.from({ length: whole.length + 1 }, (_, cut) => cut).filter(
      (cut) => DEEP || cut % 41 === 0 || sizes.some((size) => Math.abs(size - cut) <= 1),
    );
    for (const cut of cuts) {
      writeFileSync(path, whole.subarray(0, cut));
      const again = open();
      const complete = sizes.findLastIndex((size) => size <= cut);
      expect(Object.fromEntries(again.found), `cut at ${cut}`).toEqual(states[complete]);
      again.put("z", started("z"));
      again.close();
      expect(Object.fromEntries(open().found), `after a cut at ${cut}`).toEqual({
        ...states[complete],
        z: started("z"),
      });
    }
  });

  it("skips a damaged line alone", () => {
    const journal = open();
    for (const id of ["a", "b", "c"]) journal.put(id, started(id));
    const lines = readFileSync(path, "utf8").split("\n");
    lines[1] = (lines[1] ?? "").replace("default", "defaulT");
    writeFileSync(path, lines.join("\n"));
    appendFileSync(path, "\u0000\u0000garbage\n");
    expect([...open().found.keys()]).toEqual(["a", "c"]);
  });

  it("is never larger than its bound, and refuses what has no room", () => {
    const journal = open(20_000);
    let stored = 0;
    for (let number = 0; number < 200; number++) {
      if (journal.put(`s-${number}`, started(`s-${number}`))) stored += 1;
      expect(statSync(path).size).toBeLessThanOrEqual(20_000);
    }
    expect(stored).toBeGreaterThan(20);
    expect(stored).toBeLessThan(100);
    for (let number = 0; number < 500; number++) {
      journal.done(`s-${number % stored}`);
      expect(journal.put(`s-${number % stored}`, ended(`s-${number % stored}`))).toBe(true);
      expect(statSync(path).size).toBeLessThanOrEqual(20_000);
    }
    expect(open(20_000).found.size).toBe(stored);
  });

  it("skips what has the right checksum and another form", () => {
    const journal = open();
    journal.put("a", started("a"));
    for (const text of ["null", '{"id":"b","event":{"kind":"started"}}', '{"event":null}', '{"id":"c","event":5}'])
      appendFileSync(path, `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`);
    expect([...open().found.keys()]).toEqual(["a"]);
  });

  it.each<[string, () => void]>([
    ["a device without end", () => symlinkSync("/dev/zero", path)],
    ["a file beyond the bound", () => writeFileSync(path, "x".repeat(2 * MIB))],
  ])("is replaced where it is %s", (_, make) => {
    mkdirSync(join(folder, "data"));
    make();
    const journal = open();
    expect(journal.found.size).toBe(0);
    journal.put("a", started("a"));
    expect([...open().found.keys()]).toEqual(["a"]);
    expect(lstatSync(path).isFile()).toBe(true);
  });

  it("ignores what a crash left of a file that was being written anew", () => {
    open().put("a", started("a"));
    writeFileSync(`${path}.new`, "half a li");
    expect([...open().found.keys()]).toEqual(["a"]);
  });

  it("reports once that it cannot be written, keeps what it is given, and writes it when it can", () => {
    writeFileSync(join(folder, "data"), "a file where the folder should be");
    const journal = open();
    expect(journal.put("a", started("a"))).toBe(true);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.every((fault) => fault !== undefined)).toBe(true);
    rmSync(join(folder, "data"));
    journal.put("b", started("b"));
    expect(faults.at(-1)).toBeUndefined();
    expect([...open().found.keys()]).toEqual(["a", "b"]);
  });

  it("is readable by its owner only", () => {
    open().put("a", started("a"));
    expect(existsSync(path)).toBe(true);
    expect(statSync(path).mode & 0o077).toBe(0);
    chmodSync(path, 0o600);
  });
});

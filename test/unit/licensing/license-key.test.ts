import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { SourceUnavailable } from "../../../shared/licensing/cached.ts";
import { licenseKeys } from "../../../shared/licensing/license-key.ts";
import type { SecretReading, SecretSource } from "../../../shared/licensing/secret.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";

const START = Date.parse("2026-11-20T08:00:00Z");
const GRACE_SECONDS = 3_600;

/** A store of keys with versions, as Secrets Manager has them, on a clock of its own. */
const world = (graceSeconds = GRACE_SECONDS) => {
  const clock = { now: START };
  const stored: { current: SecretReading; previous: SecretReading } = {
    current: { found: false },
    previous: { found: false },
  };
  const reads = { current: 0, previous: 0 };
  const state = { down: false };
  const source =
    (stage: "current" | "previous"): SecretSource =>
    async () => {
      reads[stage] += 1;
      if (state.down) throw new Error("unreachable");
      return stored[stage];
    };
  const lines: string[] = [];
  const log = createLogger(
    "debug",
    (line) => lines.push(line),
    () => clock.now,
  );
  const sources = { current: source("current"), previous: source("previous"), graceSeconds };
  return {
    clock,
    reads,
    state,
    lines,
    stored,
    keys: licenseKeys(sources, () => clock.now, log),
    put(value: string, id = `version-of-${value}`) {
      stored.previous = stored.current;
      stored.current = { found: true, value, version: { id, createdAt: clock.now } };
    },
  };
};

describe("the license key", () => {
  it("is accepted, and nothing but it", async () => {
    const { keys, put } = world();
    put("the-current-key");
    expect(await keys.accepts("the-current-key")).toBe(true);
    for (const other of ["", "the-current-ke", "the-current-key ", "The-current-key", "x".repeat(10_000)])
      expect(await keys.accepts(other)).toBe(false);
  });

  it.each(["", "\n", "\r\n"])("that is stored empty (%j) opens nothing, not even to an empty one", async (empty) => {
    const { keys, put } = world();
    put(empty);
    put(empty);
    for (const presented of ["", "\n", empty]) expect(await keys.accepts(presented)).toBe(false);
  });

  it("that is missing opens nothing", async () => {
    const { keys } = world();
    expect(await keys.accepts("")).toBe(false);
    expect(await keys.version()).toBeUndefined();
  });

  it.each(["\n", "\r\n"])("is the same with the line break %j that a file ends with", async (end) => {
    const { keys, put } = world();
    put(`the-current-key${end}`);
    expect(await keys.accepts("the-current-key")).toBe(true);
    expect(await keys.accepts(`the-current-key${end}`)).toBe(false);
  });

  it("tells its version, and no version where its source keeps none", async () => {
    const { keys, put } = world();
    put("the-current-key", "version-1");
    expect(await keys.version()).toBe("version-1");
    const fixed = licenseKeys(
      { current: async () => ({ found: true, value: "fixed" }), graceSeconds: 0 },
      () => START,
      createLogger("error"),
    );
    expect(await fixed.version()).toBeUndefined();
    expect(await fixed.accepts("fixed")).toBe(true);
  });
});

describe("a license key that was replaced", () => {
  it("is accepted beside the new one until its grace ends, to the millisecond", async () => {
    const { keys, put, clock } = world();
    put("old-key");
    clock.now += 30 * 24 * HOUR_MS;
    put("new-key");
    const replacedAt = clock.now;
    for (const after of [0, MINUTE_MS, GRACE_SECONDS * SECOND_MS - 1]) {
      clock.now = replacedAt + after;
      expect([await keys.accepts("old-key"), await keys.accepts("new-key")]).toEqual([true, true]);
    }
    clock.now = replacedAt + GRACE_SECONDS * SECOND_MS;
    expect([await keys.accepts("old-key"), await keys.accepts("new-key")]).toEqual([false, true]);
    clock.now += 365 * 24 * HOUR_MS;
    expect([await keys.accepts("old-key"), await keys.accepts("new-key")]).toEqual([false, true]);
  });

  it("is refused at the moment its grace ends even where the keys were read just before", async () => {
    const { keys, put, clock, reads } = world();
    put("old-key");
    put("new-key");
    clock.now = START + GRACE_SECONDS * SECOND_MS - 1;
    expect(await keys.accepts("old-key")).toBe(true);
    const before = reads.current;
    clock.now += 1;
    expect(await keys.accepts("old-key")).toBe(false);
    expect(reads.current).toBe(before);
  });

  it("is accepted, and the new one is, 60 seconds after the rotation at the latest", async () => {
    const { keys, put, clock } = world();
    put("old-key");
    expect(await keys.accepts("old-key")).toBe(true);
    put("new-key");
    clock.now += MINUTE_MS;
    expect([await keys.accepts("old-key"), await keys.accepts("new-key")]).toEqual([true, true]);
  });

  it("is refused within 60 seconds once the rotation is finished", async () => {
    const { keys, put, clock, stored } = world();
    put("old-key");
    put("new-key");
    expect(await keys.accepts("old-key")).toBe(true);
    stored.previous = { found: false };
    clock.now += MINUTE_MS;
    expect([await keys.accepts("old-key"), await keys.accepts("new-key")]).toEqual([false, true]);
  });

  it("is refused at once where there is to be no grace", async () => {
    const { keys, put } = world(0);
    put("old-key");
    put("new-key");
    expect([await keys.accepts("old-key"), await keys.accepts("new-key")]).toEqual([false, true]);
  });

  it("twice is refused, the first time's key: only the one before the current is accepted", async () => {
    const { keys, put, clock } = world();
    put("key-1");
    put("key-2");
    put("key-3");
    clock.now += MINUTE_MS;
    expect(await Promise.all(["key-1", "key-2", "key-3"].map((key) => keys.accepts(key)))).toEqual([false, true, true]);
  });

  it("is no longer read when its grace is over", async () => {
    const { keys, put, clock, reads } = world();
    put("old-key");
    put("new-key");
    clock.now += GRACE_SECONDS * SECOND_MS;
    await keys.accepts("new-key");
    expect(reads).toEqual({ current: 1, previous: 0 });
  });
});

describe("the store of the keys", () => {
  it("that is out of reach leaves the last copy for an hour, grace and all; then nobody can say", async () => {
    const { keys, put, clock, state, lines } = world();
    put("old-key");
    put("new-key");
    await keys.accepts("new-key");
    state.down = true;
    clock.now += HOUR_MS - 1;
    expect([await keys.accepts("old-key"), await keys.accepts("new-key")]).toEqual([true, true]);
    clock.now += 1;
    await expect(keys.accepts("new-key")).rejects.toBeInstanceOf(SourceUnavailable);
    expect(lines.join()).not.toMatch(/old-key|new-key/);
  });
});

describe("a presented key", () => {
  it("is compared in constant time, and with every key there is: no comparison is left out for another's outcome", () => {
    const source = readFileSync(new URL("../../../shared/licensing/license-key.ts", import.meta.url), "utf8");
    const body = source.slice(source.indexOf("async accepts("), source.indexOf("version: async"));
    expect(body).toContain("keys.map(");
    expect(body).toContain("timingSafeEqual(key.hash, hashed) &&");
    expect(body).not.toMatch(/\.(some|find|every)\(|===|\|\|/);
  });
});

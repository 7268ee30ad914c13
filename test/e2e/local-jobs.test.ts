import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { FUNCTIONS, JOBS } from "../../shared/contract/functions.ts";
import { MINUTE_MS } from "../../shared/contract/time.ts";
import { type After, FIRST_RUN_MS } from "../../tools/local/schedule.ts";
import { type LocalServer, startLocalServer } from "../../tools/local/server.ts";
import { readSettings } from "../../tools/local/settings.ts";
import { bundleHandlers } from "../support/ready-bundles.ts";

const folder = mkdtempSync(join(tmpdir(), "local-jobs-"));
let server: LocalServer | undefined;
afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true });
});

it("every job of the contract runs by itself in the local server, as it was bundled, and ends well", async () => {
  const reading = readSettings({ PORT: "0", DATA_DIR: folder, LOG_LEVEL: "error" });
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  const timers: { milliseconds: number; call: () => void }[] = [];
  let onTimer = () => {};
  const after: After = (milliseconds, call) => {
    timers.push({ milliseconds, call });
    onTimer();
    return { cancel: () => undefined };
  };
  const failures: unknown[] = [];
  const onFailure = (name: string, error: unknown) => failures.push([name, error]);
  server = await startLocalServer({ settings: reading.settings, onFailure, after, bundle: bundleHandlers });
  expect(timers.map(({ milliseconds }) => milliseconds)).toEqual(JOBS.map(() => FIRST_RUN_MS));

  const again = new Promise<void>((resolve) => {
    onTimer = () => (timers.length === 2 * JOBS.length ? resolve() : undefined);
  });
  for (const { call } of timers.slice()) call();
  await again;
  const intervals = timers.slice(JOBS.length).map(({ milliseconds }) => milliseconds / MINUTE_MS);
  expect(intervals.sort()).toEqual(JOBS.map((name) => FUNCTIONS[name].schedule.everyMinutes as number).sort());
  expect(failures).toEqual([]);
});

import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { EXIT } from "../../../tools/cli/exit.ts";
import { progressOn } from "../../../tools/cli/progress.ts";
import { run } from "../../../tools/cli/run.ts";

const terminal = () => Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
const CLEAR = "\r\u001b[K";

it("a command that fails half way leaves no line of progress before what it says", async () => {
  const [stdin, stdout, stderr] = [terminal(), terminal(), terminal()];
  const answers = [Response.json({ entries: [], next: "c1" }), Response.json({ detail: "broken" }, { status: 500 })];
  const fetch = async () => answers.shift() ?? Response.error();
  const env = { HOME: "/nonexistent", LICENSE_SERVER_URL: "http://127.0.0.1:2", LICENSE_SERVER_KEY: "key" };
  const system = { env, stdin, stdout, stderr, fetch, now: () => 0, sleep: async () => undefined };
  expect(await run(["audit"], system)).toBe(EXIT.failed);
  expect(stderr.read().toString()).toBe(`${CLEAR}0 entries …${CLEAR}license-server: broken (500)\n`);
});

it("work whose end is known shows as a bar, within the terminal's width; where no terminal is, nothing shows", () => {
  const [shown, hidden] = [terminal(), new PassThrough()];
  progressOn(shown).bar(5, 10, "bytes");
  expect(shown.read().toString()).toBe(`${CLEAR}[##########----------] 5 of 10 bytes`);
  progressOn(shown).bar(5_000_000_000, 5_000_000_000, "bytes");
  expect(shown.read().toString().slice(CLEAR.length)).toHaveLength(39);
  progressOn(hidden).bar(1, 2, "bytes");
  progressOn(hidden).done();
  expect(hidden.read()).toBeNull();
});

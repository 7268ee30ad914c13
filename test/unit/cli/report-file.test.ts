import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EXIT } from "../../../tools/cli/exit.ts";
import { run } from "../../../tools/cli/run.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "license-server-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const CSV = "identifier\r\nana\r\n";

const report = async (...args: string[]) => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let calls = 0;
  const fetch = async () => {
    calls += 1;
    return new Response(CSV, { headers: { "content-type": "text/csv" } });
  };
  const env = { HOME: folder, LICENSE_SERVER_URL: "http://127.0.0.1:2", LICENSE_SERVER_KEY: "key" };
  const system = { env, stdin, stdout, stderr, fetch, now: () => 0, sleep: async () => undefined };
  const exit = await run(["report", "usage", ...args], system);
  stdout.end();
  stderr.end();
  return { exit, out: await text(stdout), err: await text(stderr), calls };
};

it("a report that goes to - is written to standard output, without a word beside it", async () => {
  expect(await report("-o", "-", "--format", "csv")).toMatchObject({ exit: EXIT.ok, out: CSV, err: "" });
});

it("a report replaces a file, whose readers stay the same, through a link too", async () => {
  const [file, link] = [join(folder, "a.csv"), join(folder, "b.csv")];
  writeFileSync(file, "old");
  chmodSync(file, 0o600);
  symlinkSync(file, link);
  expect(await report("-o", link)).toMatchObject({ exit: EXIT.ok });
  expect(readFileSync(file, "utf8")).toBe(CSV);
  expect([statSync(file).mode & 0o777, lstatSync(link).isSymbolicLink()]).toEqual([0o600, true]);
  expect(readdirSync(folder).sort()).toEqual(["a.csv", "b.csv"]);
});

it.runIf(process.platform === "linux")(
  "a report is written into a pipe or device, which stays what it is",
  async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const link = join(folder, "link.csv");
    symlinkSync(pipe, link);
    const [, read] = await Promise.all([
      report("-o", link),
      // Ends by itself where nobody ever writes.
      promisify(execFile)("timeout", ["5", "cat", pipe]).then(({ stdout }) => stdout),
    ]);
    expect([read, lstatSync(pipe).isFIFO()]).toEqual([CSV, true]);
  },
);

it.runIf(process.platform === "linux")("a report is written into a shell's pipe, which has no path", async () => {
  // What /dev/stdout before a pipe leads to, and bash's >(cat): a link in /proc whose target is nowhere.
  // A process of its own writes the path: with a builtin, bash points the same descriptor elsewhere for a moment.
  const shell = spawn("bash", ["-c", '(sh -c "echo /proc/$BASHPID/fd/1 >&2"; read -r _) | cat']);
  const read = text(shell.stdout);
  const [path] = await once(shell.stderr.setEncoding("utf8"), "data");
  const { exit, err } = await report("-o", String(path).trim(), "--format", "csv");
  shell.stdin.end("\n");
  expect([exit, await read, err]).toEqual([EXIT.ok, CSV, expect.stringMatching(/: \d+ bytes\n$/)]);
});

it("where a report cannot be written is told before it is asked for, and nothing is left behind", async () => {
  mkdirSync(join(folder, "dir.csv"));
  for (const [path, words] of [
    [join(folder, "dir.csv"), "is a folder"],
    [join(folder, "none", "x.csv"), "ENOENT"],
  ] as const) {
    const { exit, err, calls } = await report("-o", path);
    expect({ exit, calls, lines: err.trim().split("\n").length }).toEqual({ exit: EXIT.failed, calls: 0, lines: 1 });
    expect(err).toContain(words);
    expect(err).not.toContain(".part");
  }
  expect(readdirSync(folder)).toEqual(["dir.csv"]);
});

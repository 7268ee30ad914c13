import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { startLocalServer } from "../../tools/local/server.ts";
import { readSettings } from "../../tools/local/settings.ts";
import { bundleHandlers } from "../support/ready-bundles.ts";
import { COMPILED } from "../support/run-shared.ts";

const folder = mkdtempSync(join(tmpdir(), "report-job-"));
afterAll(() => rmSync(folder, { recursive: true }));
const ROOT = join(import.meta.dirname, "..", "..");

const reportJob = async (port: number, ...args: string[]): Promise<{ stdout: string; stderr: string }> => {
  const main = join(ROOT, "tools", "report-job", "main.ts");
  // Nothing of this process's own environment, which is set for handlers of tests.
  const env = { PATH: process.env["PATH"], PORT: String(port), ...COMPILED };
  return promisify(execFile)(process.execPath, [main, "--data-dir", folder, ...args], { env });
};

it("the report job works on the data of a local server that runs, whose links it gives, and of one that is stopped", async () => {
  const reading = readSettings({ PORT: "0", DATA_DIR: folder, LOG_LEVEL: "error" });
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  const server = await startLocalServer({ settings: reading.settings, bundle: bundleHandlers });
  const { port } = new URL(server.url);
  try {
    // The port is told by the running server, not by the environment.
    const { stdout, stderr } = await reportJob(0, "--for", "2026-02");
    // What it did on the way does not stand between a script and the result.
    expect(stdout).toMatch(/^made for 2026-02-01\S* to 2026-03-01[^\n]*:\n {2}\S+\.xlsx\n {2}\S+\.json\n$/);
    const link = /"link":"([^"]+)"/.exec(stderr)?.[1] ?? "";
    const answer = await fetch(link);
    expect(answer.status).toBe(200);
    expect(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe("PK");
    expect((await fetch(link.replace("xlsx?", "json?"))).status).toBe(403);
  } finally {
    await server.close();
  }
  expect((await reportJob(Number(port), "--for", "2026-02")).stdout).toContain("exists for 2026-02-01");
  expect((await reportJob(Number(port), "--for", "2026-W06")).stdout).toContain("made for 2026-02-02");
  expect(existsSync(join(folder, "reports", "reports", "usage", "2026-02-02_2026-02-09.xlsx"))).toBe(true);
  await expect(reportJob(Number(port), "--for", "2026-13")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--for must be a month"),
  });
});

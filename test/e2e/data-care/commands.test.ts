import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { openData } from "../../../tools/local/open-data.ts";
import { ensureTable } from "../../../tools/local/table.ts";
import { commandLines } from "../../support/command-lines.ts";

const [, SCRIPT, ...WORDS] = packageJson.scripts.usage.split(" ");
const HEADER =
  "session_id,started_at,ended_at,client_id,client_hostname,client_username,kubernetes_username,namespace,target_kind,target_name";

const processes = commandLines();
afterAll(() => processes.stop());

let folder = "";
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The data of a local server that has been stopped. */
const stoppedServer = async (): Promise<string> => {
  folder = await mkdtemp(join(tmpdir(), "usage-commands-"));
  const data = await openData(folder);
  const { endpoint, credentials } = data;
  const client = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    ...(credentials === undefined ? {} : { credentials }),
  });
  await ensureTable(client, "license-server");
  client.destroy();
  await data.close();
  return folder;
};

/** What `npm run usage` runs. */
const usage = async (...args: string[]) => usageWith({}, ...args);

const usageWith = async (
  more: Record<string, string>,
  ...args: string[]
): Promise<{ code: number | null; out: string; err: string }> => {
  const { TABLE_NAME: _, ...env } = process.env;
  // Without a `.data` of a developer's own server.
  const place = { cwd: tmpdir(), env: { ...env, HOME: "/nonexistent", ...more } };
  const { code, stdout, stderr } = await processes.run({ args: [...WORDS, ...args], ...place });
  return { code, out: stdout, err: stderr };
};

describe("the usage commands", () => {
  it("are those of the command line", () => {
    expect([SCRIPT, ...WORDS]).toEqual(["tools/cli/license-server.mjs", "usage"]);
  });

  it("import, verify and erase in the data of a stopped local server", async () => {
    const dataDir = await stoppedServer();
    const file = join(dataDir, "history.csv");
    const day = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    const rows = [1, 2, 3].map(
      (n) => `h-${n},${day}T0${n}:00:00Z,${day}T0${n}:30:00Z,m-${n},host-${n},name-${n},user-${n},shop,deployment,cart`,
    );
    await writeFile(file, [HEADER, ...rows, `h-4,${day},,m,h,n,k,shop,deployment,cart`].join("\n"));
    const refused = join(dataDir, "refused.txt");

    const first = await usage("backfill", file, "--data-dir", dataDir, "--refused", refused);
    expect(first).toMatchObject({ code: 1, out: "" });
    expect(first.err).toContain("4 rows: 3 imported, 0 already stored, 0 stored with other values, 1 refused");
    expect(await readFile(refused, "utf8")).toBe(
      "line 5: started_at must be an RFC 3339 date-time, as 2026-11-20T08:00:00Z; ended_at is required\n",
    );

    const byEnvironment = await usageWith({ LICENSE_SERVER_DATA_DIR: dataDir }, "verify", "--pause-seconds", "0");
    expect(byEnvironment).toMatchObject({ code: 0, err: expect.stringContaining(`the data in ${dataDir}`) });

    const verified = await usage("verify", "--data-dir", dataDir, "--pause-seconds", "0");
    expect(verified).toMatchObject({ code: 0, out: "" });
    expect(verified.err).toContain("6 rows: 0 differences");

    const unasked = await usage("erase", "--kubernetes-username", "user-2", "--data-dir", dataDir);
    expect(unasked).toMatchObject({ code: 1, out: "" });
    expect(unasked.err).toContain("nothing was changed. Use --yes to confirm in scripts.");
    const erased = await usage("erase", "--kubernetes-username", "user-2", "--data-dir", dataDir, "--yes");
    expect(erased).toMatchObject({ code: 0, out: "erased: 1 session\n" });
    expect(erased.err).toContain("to be replaced: --client-hostname host-2");
  });

  it("say every fault of what they are asked, and exit with 2", async () => {
    expect(await usage("backfill", "none.xlsx", "--table", "some-table")).toEqual({
      code: 2,
      out: "",
      err: "license-server: There is no file none.xlsx.\nlicense-server: none.xlsx must end in .csv, .json, .jsonl.\n",
    });
    expect((await usage("verify")).err).toContain("No table specified.");
    // Before any table is opened.
    expect((await usage("erase", "--table", "some-table")).err).toMatch(/^license-server: No person specified\./);
    const inverted = ["--from", "2026-11-20", "--to", "2026-11-10"];
    expect(await usage("verify", "--table", "some-table", ...inverted)).toMatchObject({
      code: 2,
      err: "license-server: --to must not be earlier than --from.\n",
    });
    for (const line of [[], ["verify", "--from", "2026-13-01"], ["backfill"], ["verify", "--frob"]])
      expect(await usage(...line), line.join(" ")).toMatchObject({ code: 2, out: "" });
    expect(await usage("verify", "--help")).toMatchObject({ code: 0, err: "" });
  });

  it("name a file that cannot be read or written, and import nothing", async () => {
    const dataDir = await stoppedServer();
    const [empty, directory] = [join(dataDir, "empty.csv"), join(dataDir, "folder.csv")];
    await writeFile(empty, "");
    await mkdir(directory);
    expect(await usage("backfill", directory, "--data-dir", dataDir)).toEqual({
      code: 2,
      out: "",
      err: `license-server: ${directory} is a folder.\n`,
    });
    const nowhere = join(dataDir, "none", "refused.txt");
    expect(await usage("backfill", empty, "--data-dir", dataDir, "--refused", nowhere)).toEqual({
      code: 2,
      out: "",
      err: `license-server: works on the data in ${dataDir}; sessions are kept 1825 days, by default\nlicense-server: --refused: ${nowhere} cannot be written: ENOENT\n`,
    });
    const nothing = await usage("backfill", empty, "--data-dir", dataDir);
    expect(nothing.code).toBe(2);
    expect(nothing.err).toContain("The first line lacks the columns started_at");
  });

  it("say why a table cannot be had, without a stack, and exit with 5", async () => {
    const { code, err } = await usage("verify", "--table", "some-table", "--endpoint", "http://127.0.0.1:1");
    expect({ code, lines: err.trim().split("\n").length }).toEqual({ code: 5, lines: 2 });
    expect(err).toMatch(
      /^license-server: works on the table some-table at http:.*\nlicense-server: The table cannot be used: .*ECONNREFUSED/,
    );
    const dataDir = await stoppedServer();
    const absent = await usage("verify", "--table", "some-table", "--data-dir", dataDir);
    expect(absent.code).toBe(5);
    expect(absent.err).toMatch(/^license-server: The table cannot be used: ResourceNotFoundException/m);
  });
});

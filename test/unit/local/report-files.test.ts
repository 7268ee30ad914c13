import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderStore } from "../../../shared/store/folder-store.ts";
import { type Gateway, startGateway } from "../../../tools/local/gateway.ts";
import { reportFiles } from "../../../tools/local/report-files.ts";

const START = Date.parse("2026-11-10T12:00:00Z");

let folder: string;
let gateway: Gateway;
let now: number;
beforeEach(async () => {
  now = START;
  folder = mkdtempSync(join(tmpdir(), "report-files-"));
  gateway = await startGateway({
    address: "127.0.0.1",
    port: 0,
    basePath: "/licenses",
    tls: undefined,
    invoke: async () => ({ statusCode: 418, body: "a function" }),
    onFailure: () => undefined,
    serveFile: reportFiles(folder, () => now),
  });
});
afterEach(async () => {
  await gateway.close(0);
  rmSync(folder, { recursive: true });
});

const base = () => `http://127.0.0.1:${gateway.port}/licenses/_reports`;
const linkTo = async (name: string) => (await folderStore(folder, base()).link(name, now, 900)).url;
const put = (name: string, body = "bytes") => folderStore(folder, base()).put(name, { contentType: "text/csv", body });

describe("the local server's report files", () => {
  it("are served to whoever has a link, without a key, to be saved under their name", async () => {
    await put("downloads/2026-11-10/x/usage.csv", "a,b\r\n");
    const answer = await fetch(await linkTo("downloads/2026-11-10/x/usage.csv"));
    expect([answer.status, await answer.text()]).toEqual([200, "a,b\r\n"]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="usage.csv"',
      "cache-control": "no-store",
    });
  });

  it("are not served once the link has expired", async () => {
    await put("a/b.csv");
    const url = await linkTo("a/b.csv");
    now = START + 900_000;
    expect((await fetch(url)).status).toBe(403);
  });

  it("are not served without a link, nor with one to another file; nobody learns what is there", async () => {
    await put("a/b.csv");
    const { search } = new URL(await linkTo("a/b.csv"));
    for (const path of ["a/b.csv", "a/c.csv", `a/c.csv${search}`, "a", "", ".link-key", `.link-key${search}`])
      expect((await fetch(`${base()}/${path}`)).status, path).toBe(403);
  });

  it("end at their folder: no path leads out of it", async () => {
    writeFileSync(join(folder, "..", "outside.csv"), "secret");
    const { search } = new URL(await linkTo("a/b.csv"));
    for (const path of ["..%2foutside.csv", "a%2f..%2f..%2foutside.csv", "%2e%2e%2foutside.csv", "%00", "a%5c..%5cb"])
      expect((await fetch(`${base()}/${path}${search}`)).status, path).toBe(403);
    rmSync(join(folder, "..", "outside.csv"));
  });

  it("are missing where a good link leads to nothing, or to a folder", async () => {
    await put("a/b.csv");
    expect((await fetch(await linkTo("a/c.csv"))).status).toBe(404);
    expect((await fetch(await linkTo("a"))).status).toBe(404);
  });

  it("are for reading alone, and no function is asked", async () => {
    await put("a/b.csv");
    const url = await linkTo("a/b.csv");
    expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
    expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(405);
    expect((await fetch(base())).status).toBe(418);
  });
});

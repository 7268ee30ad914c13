import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isGoodLink, linkKey } from "../../../shared/store/folder-link.ts";
import { folderStore, isReportName } from "../../../shared/store/folder-store.ts";
import { StoreUnavailable } from "../../../shared/store/table.ts";

const NOW = Date.parse("2026-11-10T12:00:00.500Z");
const file = (body: string) => ({ contentType: "text/plain", body });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reports-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const store = () => folderStore(folder, "http://localhost:8080/_reports");

describe("a report folder", () => {
  it("keeps whole files, and what is put again overwrites", async () => {
    await store().put("a/b.csv", file("first, and longer"));
    await store().put("a/b.csv", file("second"));
    expect(readFileSync(join(folder, "a", "b.csv"), "utf8")).toBe("second");
    expect(readdirSync(join(folder, "a"))).toEqual(["b.csv"]);
    expect(store().uri("a/b.csv")).toBe(join(folder, "a", "b.csv"));
  });

  it("leaves what was there where something cannot be put, and says so as an outage", async () => {
    mkdirSync(join(folder, "a", "b.csv"), { recursive: true });
    writeFileSync(join(folder, "c"), "");
    await expect(store().put("a/b.csv", file("x"))).rejects.toThrow(StoreUnavailable);
    await expect(store().put("c/d.csv", file("x"))).rejects.toThrow(StoreUnavailable);
    expect(readdirSync(join(folder, "a"))).toEqual(["b.csv"]);
  });

  it("drops downloads of the days before yesterday with the next one, and nothing else", async () => {
    for (const name of ["downloads/2026-11-08/x/a.csv", "downloads/2026-11-09/x/a.csv", "reports/usage/a.csv"])
      await store().put(name, file("x"));
    await store().put("downloads/2026-11-10/x/a.csv", file("x"));
    expect(readdirSync(join(folder, "downloads")).sort()).toEqual(["2026-11-09", "2026-11-10"]);
    expect(readdirSync(join(folder, "reports", "usage"))).toEqual(["a.csv"]);
  });

  it("takes no name that leads elsewhere, or to what it hides", async () => {
    const odd = [
      "",
      "..",
      "../a",
      "a/../b",
      "/a",
      "a//b",
      "a/",
      ".link-key",
      "a/.b",
      "a\\..\\b",
      "a\u0000b",
      "a b",
      "ä",
    ];
    for (const name of odd) {
      expect(isReportName(name), name).toBe(false);
      await expect(store().put(name, file("x")), name).rejects.toThrow(RangeError);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it("links to the file itself where nobody serves it", async () => {
    const { url } = await folderStore(folder, undefined).link("a/b.csv", NOW, 900);
    expect(fileURLToPath(url)).toBe(join(folder, "a", "b.csv"));
  });
});

describe("a link to a file of the folder", () => {
  const linked = async (name = "a/b.csv") => {
    const { url, expiresAt } = await store().link(name, NOW, 900);
    return { url: new URL(url), expiresAt, key: await linkKey(folder) };
  };

  it("is good until the time it tells, and no longer", async () => {
    const { url, expiresAt, key } = await linked();
    expect(url.pathname).toBe("/_reports/a/b.csv");
    expect(expiresAt).toBe(Date.parse("2026-11-10T12:15:00Z"));
    expect(isGoodLink(key, "a/b.csv", url.searchParams, expiresAt - 1)).toBe(true);
    expect(isGoodLink(key, "a/b.csv", url.searchParams, expiresAt)).toBe(false);
  });

  it("is good for no other file", async () => {
    const { url, key } = await linked();
    expect(isGoodLink(key, "a/c.csv", url.searchParams, NOW)).toBe(false);
  });

  it("cannot be made to last, nor be forged, however it is changed", async () => {
    const { url, key } = await linked();
    const expires = url.searchParams.get("expires") ?? "";
    const signature = url.searchParams.get("signature") ?? "";
    const longer = new URLSearchParams({ expires: String(Number(expires) + 1), signature });
    expect(isGoodLink(key, "a/b.csv", longer, NOW)).toBe(false);
    expect(isGoodLink(key, "a/b.csv", new URLSearchParams({ expires: `0${expires}`, signature }), NOW)).toBe(false);
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(expires, "99999999999"), (forged, until) => {
        fc.pre(forged !== signature);
        const query = new URLSearchParams({ expires: until, signature: forged });
        expect(isGoodLink(key, "a/b.csv", query, NOW)).toBe(false);
      }),
    );
    expect(isGoodLink(key, "a/b.csv", new URLSearchParams(), NOW)).toBe(false);
  });

  it("outlives the process: the key is kept, for its owner only, and whoever makes one at once gets the same", async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => linkKey(folder)));
    expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
    expect(readdirSync(folder)).toEqual([".link-key"]);
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildPage } from "../../../dashboard/build.ts";
import { type BundledPackage, bundledPackages } from "../../../tools/verify/supply/bundled.ts";
import { LICENSE_EXCEPTIONS } from "../../../tools/verify/supply/exceptions.ts";
import { isPermissive } from "../../../tools/verify/supply/license.ts";
import type { Lock } from "../../../tools/verify/supply/lock.ts";
import { type Sbom, sbomFaults, withHashes } from "../../../tools/verify/supply/sbom.ts";
import { withPackageTable } from "../../../tools/verify/supply/third-party.ts";
import { sharedBundles } from "../../support/ready-bundles.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const DOCUMENT = join(ROOT, "docs", "third-party.md");

describe("what is deployed of other people's code", () => {
  let packages: BundledPackage[];
  beforeAll(async () => {
    packages = await bundledPackages((await sharedBundles()).metafile);
  });

  it("is listed in the docs as it is", () => {
    const page = readFileSync(DOCUMENT, "utf8");
    expect(withPackageTable(page, packages)).toBe(page);
  });

  it("is under permissive licenses, or excepted by name", () => {
    const others = packages.filter(({ license }) => !isPermissive(license)).map(({ name }) => name);
    expect(others).toEqual(Object.keys(LICENSE_EXCEPTIONS));
  });

  it("is told of the functions and of the page, each by what it takes in", () => {
    const usersOf = (name: string) => packages.find((one) => one.name === name)?.in ?? [];
    expect(usersOf("exceljs")).toEqual(["reportJob", "reports"]);
    expect(usersOf("preact")).toEqual(["page"]);
    expect(usersOf("@aws-sdk/client-dynamodb")).toContain("heartbeat");
    for (const tool of ["esbuild", "vitest", "aws-cdk-lib", "commander"]) expect(usersOf(tool)).toEqual([]);
  });

  it("is told of in the page that browsers get, with the notice of each package word for word", async () => {
    const { html } = await buildPage();
    const inPage = packages.filter((one) => one.in.includes("page"));
    expect(inPage.map(({ name }) => name)).toEqual(["preact", "re2js", "uplot", "valibot", "yaml"]);
    for (const { path } of inPage) {
      const [file = ""] = readdirSync(join(ROOT, path)).filter((name) => /^licen[sc]e/i.test(name));
      expect(html).toContain(
        readFileSync(join(ROOT, path, file), "utf8")
          .trim()
          .replaceAll("--", "- -"),
      );
    }
    for (const holder of ["Jason Miller", "Leon Sorokin"]) expect(html).toMatch(new RegExp(`Copyright .* ${holder}`));
    expect(html.match(/<!--/g)).toHaveLength(1);
    expect(html.match(/-->/g)).toHaveLength(1);
  });
});

describe("the bill of materials", () => {
  const deployed: BundledPackage = {
    path: "node_modules/a",
    name: "a",
    version: "1.0.0",
    license: "MIT",
    in: ["public"],
  };
  const hashes = [{ alg: "SHA-512", content: "00" }];
  const sbomOf = (...components: Sbom["components"]): Sbom => ({ bomFormat: "CycloneDX", components });

  it("lists what is deployed, in its version, with its hash", () => {
    expect(sbomFaults(sbomOf({ name: "a", version: "1.0.0", hashes }), [deployed])).toEqual([]);
    expect(sbomFaults(sbomOf({ name: "a", version: "1.0.1", hashes }), [deployed])).toEqual(["lacks a 1.0.0"]);
    expect(sbomFaults(sbomOf({ name: "a", version: "1.0.0" }), [deployed])).toEqual(["has no hash of a 1.0.0"]);
    expect(sbomFaults({ ...sbomOf(), bomFormat: "SPDX" }, [deployed])).toHaveLength(1);
  });

  it("gets a hash that npm has left out from the lock file", () => {
    const lock: Lock = { lockfileVersion: 3, packages: { "node_modules/a": { integrity: "sha512-AP8=" } } };
    expect(withHashes(sbomOf({ name: "a", version: "1.0.0" }), [deployed], lock).components).toEqual([
      { name: "a", version: "1.0.0", hashes: [{ alg: "SHA-512", content: "00ff" }] },
    ]);
  });
});

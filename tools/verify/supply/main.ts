import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundledPackages } from "./bundled.ts";
import { LICENSE_EXCEPTIONS, LOCK_EXCEPTIONS } from "./exceptions.ts";
import { isPermissive } from "./license.ts";
import { type Lock, lockFaults } from "./lock.ts";
import { makeSbom, sbomFaults, withHashes } from "./sbom.ts";
import { withPackageTable } from "./third-party.ts";

/**
 * Checks third-party packages: the lock file, the licenses of deployed packages, and their list in the docs. Writes the bill of
 * materials to `dist/sbom.cdx.json`. `--write` updates the list instead of reporting it. Exits with 1 on any fault.
 */
const ROOT = join(import.meta.dirname, "..", "..", "..");
const DOCUMENT = join(ROOT, "docs", "third-party.md");
const SBOM_FILE = join(ROOT, "dist", "sbom.cdx.json");

const print = (text: string): void => console.log(`verify-supply: ${text}`);
const faults: string[] = [];
const report = (what: string, found: readonly string[], fine: string): void => {
  faults.push(...found);
  print(found.length === 0 ? fine : `${what}: ${found.length} faults`);
  for (const fault of found) print(`  ${fault}`);
};

const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as Lock;
const excepted = Object.keys(LOCK_EXCEPTIONS.withoutIntegrity).length;
report(
  "package-lock.json",
  lockFaults(lock, LOCK_EXCEPTIONS),
  `the lock file fixes ${Object.keys(lock.packages).length - 1} packages by hash, but for ${excepted} excepted by name; scripts run for: ${Object.keys(LOCK_EXCEPTIONS.installScripts).join(", ")}`,
);

const packages = await bundledPackages();
report(
  "versions",
  packages
    .filter(({ path, version }) => lock.packages[path]?.version !== version)
    .map(({ path, version }) => `${path} is installed as ${version}, locked as ${lock.packages[path]?.version}`),
  `${packages.length} packages are deployed, each as it is locked`,
);
report(
  "licenses",
  packages
    .filter(({ name, license }) => !isPermissive(license) && !(name in LICENSE_EXCEPTIONS))
    .map(({ name, license }) => `${name} is under ${license}`),
  "all of them are under permissive licenses",
);

const page = readFileSync(DOCUMENT, "utf8");
const current = withPackageTable(page, packages);
const isWritten = process.argv.includes("--write");
if (isWritten) writeFileSync(DOCUMENT, current);
report(
  "docs/third-party.md",
  isWritten || page === current ? [] : ["is out of date: npm run verify:supply -- --write"],
  "docs/third-party.md is up to date",
);

const sbom = withHashes(makeSbom(), packages, lock);
mkdirSync(join(SBOM_FILE, ".."), { recursive: true });
writeFileSync(SBOM_FILE, `${JSON.stringify(sbom, undefined, 2)}\n`);
report(
  "the SBOM",
  sbomFaults(sbom, packages),
  `dist/sbom.cdx.json lists ${sbom.components.length} packages, the deployed ones with their hashes`,
);
process.exitCode = faults.length === 0 ? 0 : 1;

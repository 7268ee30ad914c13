import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LOCK_EXCEPTIONS } from "../../../tools/verify/supply/exceptions.ts";
import { type Lock, type LockEntry, lockFaults } from "../../../tools/verify/supply/lock.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const readJson = (name: string) => JSON.parse(readFileSync(join(ROOT, name), "utf8"));

const INTEGRITY = `sha512-${"A".repeat(86)}==`;
const NONE = { withoutIntegrity: {}, installScripts: {} };
const lockOf = (packages: Record<string, LockEntry>): Lock => ({ lockfileVersion: 3, packages });
const faultsOf = (entry: LockEntry, exceptions = NONE) =>
  lockFaults(lockOf({ "node_modules/@a/b": { version: "1.0.0", integrity: INTEGRITY, ...entry } }), exceptions);

describe("the project's lock file", () => {
  it("has nothing against it but what is excepted by name", () => {
    expect(lockFaults(readJson("package-lock.json"), LOCK_EXCEPTIONS)).toEqual([]);
  });

  it("says of every binary for musl that it is for musl: npm would install it on every Linux otherwise", () => {
    const entries = Object.entries(readJson("package-lock.json").packages as Record<string, { libc?: string[] }>);
    const forMusl = entries.filter(([path]) => path.endsWith("-musl"));
    expect(forMusl.length).toBeGreaterThan(3);
    expect(forMusl.filter(([, { libc }]) => libc?.join() !== "musl").map(([path]) => path)).toEqual([]);
  });

  it("lets those packages run a script that package.json lets, and no others", () => {
    expect(Object.keys(LOCK_EXCEPTIONS.installScripts).sort()).toEqual(
      Object.keys(readJson("package.json").allowScripts).sort(),
    );
  });
});

describe("a lock file", () => {
  it("is fine where every entry has a version and a hash", () => {
    expect(faultsOf({})).toEqual([]);
  });

  it.each<[string, LockEntry]>([
    ["no hash", { integrity: undefined as never }],
    ["a weak hash", { integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }],
    ["a host", { resolved: "https://registry.example.com/b.tgz" }],
    ["a git repository", { resolved: "git+ssh://git@example.com/b.git#0123" }],
    ["a folder", { link: true }],
    ["no plain version", { version: "file:../b" }],
    ["a dependency from a file", { dependencies: { c: "file:../c" } }],
    ["a dependency from a repository", { optionalDependencies: { c: "github:c/c" } }],
    ["a dependency from an archive", { devDependencies: { c: "https://example.com/c.tgz" } }],
    ["an install script", { hasInstallScript: true }],
  ])("is not with an entry that has %s", (_what, entry) => {
    expect(faultsOf(entry)).toHaveLength(1);
  });

  it("is not of another version than the one that is understood", () => {
    expect(lockFaults({ lockfileVersion: 2, packages: {} }, NONE)).toHaveLength(1);
  });

  it("may lack the hash of what a package carries inside itself, for that one's covers it", () => {
    const carried = { "node_modules/a/node_modules/c": { version: "1.0.0", inBundle: true } };
    expect(
      lockFaults(lockOf({ "node_modules/a": { version: "1.0.0", integrity: INTEGRITY }, ...carried }), NONE),
    ).toEqual([]);
    expect(lockFaults(lockOf({ "node_modules/a": { version: "1.0.0" }, ...carried }), NONE)).toHaveLength(2);
    expect(lockFaults(lockOf(carried), NONE)).toHaveLength(1);
  });

  it("may lack the hash of a package excepted by name, but only of an optional one", () => {
    const exceptions = { ...NONE, withoutIntegrity: { "@a/b": "a reason" } };
    expect(faultsOf({ integrity: undefined as never, optional: true }, exceptions)).toEqual([]);
    expect(faultsOf({ integrity: undefined as never }, exceptions)).toHaveLength(1);
  });

  it("needs no exception that nothing makes use of", () => {
    expect(faultsOf({}, { ...NONE, withoutIntegrity: { "@a/b": "a reason" } })).toHaveLength(1);
    expect(faultsOf({}, { ...NONE, installScripts: { "@a/b": "a reason" } })).toHaveLength(1);
  });
});

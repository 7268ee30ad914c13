import { readFileSync, writeFileSync } from "node:fs";

/**
 * Completes package-lock.json with the platform packages that the registry it was made from does not have, so that
 * `npm ci` works on the other platforms, too. npm drops an optional dependency that it cannot find. Then the lock file no longer
 * agrees with package.json. Run this tool after the lock file was made again.
 */
type Entry = {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
};
type Lock = { packages: Record<string, Entry> };

const LOCK = new URL("../../package-lock.json", import.meta.url);
const PACKAGE = new URL("../../package.json", import.meta.url);
const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

const lock = JSON.parse(readFileSync(LOCK, "utf8")) as Lock;
const { "": root = {}, ...packages } = lock.packages;
root.optionalDependencies = (JSON.parse(readFileSync(PACKAGE, "utf8")) as Entry).optionalDependencies ?? {};

const added: string[] = [];
for (const [path, entry] of [["", root] as const, ...Object.entries(packages)])
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [`node_modules/${name}`, `${path}/node_modules/${name}`];
    if (places.some((place) => place in packages)) continue;
    const words = name.split(/[-/]/);
    const [cpu, os] = [PROCESSORS, SYSTEMS].map((known) => known.filter((word) => words.includes(word)));
    packages[`node_modules/${name}`] = {
      version: range.replace(/^[~^]/, ""),
      ...(cpu?.length ? { cpu } : {}),
      ...(entry.dev ? { dev: true } : {}),
      // Without it npm installs the binary for musl on every Linux.
      ...(words.includes("musl") ? { libc: ["musl"] } : {}),
      optional: true,
      ...(os?.length ? { os } : {}),
    };
    added.push(`${name}@${range}`);
  }

const sorted = Object.fromEntries(Object.entries(packages).toSorted(([one], [other]) => (one < other ? -1 : 1)));
writeFileSync(LOCK, `${JSON.stringify({ ...lock, packages: { "": root, ...sorted } }, undefined, 2)}\n`);
console.log(added.length === 0 ? "nothing was missing" : `added:\n  ${added.join("\n  ")}`);

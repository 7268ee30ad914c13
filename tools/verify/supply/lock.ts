/** The checked fields of package-lock.json (npm documentation, "package-lock.json"). */
export type LockEntry = {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  inBundle?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
};
export type Lock = { lockfileVersion: number; packages: Record<string, LockEntry> };

/** Packages that are accepted by name, with the reason. */
export type LockExceptions = {
  withoutIntegrity: Readonly<Record<string, string>>;
  installScripts: Readonly<Record<string, string>>;
};

/**
 * The faults of a lock file, one line each. An entry must have a hash, come from npm's registry, and run no code when it is
 * installed. An exception that is not needed is also a fault.
 */
export const lockFaults = ({ lockfileVersion, packages }: Lock, exceptions: LockExceptions): string[] => {
  const { "": root = {}, ...entries } = packages;
  const rows = Object.entries(entries);
  const named = (paths: readonly [string, LockEntry][]) => new Set(paths.map(([path]) => nameOf(path)));
  const hashless = rows.filter(([path, entry]) => !hasHash(path, entry, entries));
  const scripted = rows.filter(([, { hasInstallScript }]) => hasInstallScript === true);
  return [
    ...(lockfileVersion === 3 ? [] : [`is of version ${lockfileVersion}, not 3`]),
    ...hashless
      .filter(([path, { optional }]) => !(nameOf(path) in exceptions.withoutIntegrity && optional === true))
      .map(([path]) => `${path} has no integrity hash`),
    ...scripted
      .filter(([path]) => !(nameOf(path) in exceptions.installScripts))
      .map(([path]) => `${path} runs a script when it is installed`),
    ...rows.flatMap(([path, entry]) => strangeSource(path, entry)),
    ...[["package.json", root] as const, ...rows].flatMap(([path, entry]) => strangeRanges(path, entry)),
    ...unneeded(exceptions.withoutIntegrity, named(hashless), "has a hash by now"),
    ...unneeded(exceptions.installScripts, named(scripted), "runs no script by now"),
  ];
};

/** The name of the package at a path: `node_modules/a/node_modules/@b/c` is `@b/c`. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

// The hash of a package covers the packages bundled in it.
const hasHash = (path: string, { integrity, inBundle }: LockEntry, entries: Lock["packages"]): boolean => {
  if (inBundle !== true) return SHA512.test(integrity ?? "");
  const carrier = path.slice(0, path.lastIndexOf("/node_modules/"));
  const entry = entries[carrier];
  return entry !== undefined && hasHash(carrier, entry, entries);
};

const strangeSource = (path: string, { resolved, link, version }: LockEntry): string[] => [
  ...(resolved === undefined ? [] : [`${path} names where it comes from: ${resolved}`]),
  ...(link === true ? [`${path} is a link to a folder`] : []),
  ...(/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version ?? "") ? [] : [`${path} has no version: ${version}`]),
];

const strangeRanges = (path: string, entry: LockEntry): string[] =>
  Object.entries({ ...entry.dependencies, ...entry.devDependencies, ...entry.optionalDependencies })
    .filter(([, range]) => /[:/]/.test(range))
    .map(([name, range]) => `${path} requires ${name} from elsewhere: ${range}`);

const unneeded = (exceptions: Readonly<Record<string, string>>, needed: Set<string>, why: string): string[] =>
  Object.keys(exceptions)
    .filter((name) => !needed.has(name))
    .map((name) => `${name} needs no exception: it ${why}`);

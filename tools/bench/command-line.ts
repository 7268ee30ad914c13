import { parseArgs } from "node:util";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";

/** A benchmark that is to be run, and how. */
export type Chosen = { readonly benchmark: Benchmark; readonly options: BenchmarkOptions };

export type CommandLine =
  | { kind: "help" }
  | { kind: "bad"; faults: string[] }
  | { kind: "run"; chosen: readonly Chosen[] };

/** Reads which benchmarks to run and with which options. Returns all faults at once. */
export const readCommandLine = (args: readonly string[], benchmarks: readonly Benchmark[]): CommandLine => {
  const known = benchmarks.flatMap(({ options = {} }) => Object.keys(options));
  const options = Object.fromEntries(known.map((name) => [name, { type: "string" as const }]));
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: "boolean" } },
      allowPositionals: true,
    });
    const { help, ...given } = values as Record<string, string | boolean | undefined>;
    if (help === true) return { kind: "help" };
    return choose(positionals, given as Record<string, string>, benchmarks);
  } catch (error) {
    // parseArgs writes its errors about unknown options and missing values for users.
    return { kind: "bad", faults: [(error as Error).message] };
  }
};

const choose = (
  names: readonly string[],
  given: Readonly<Record<string, string>>,
  benchmarks: readonly Benchmark[],
): CommandLine => {
  const all = names.length === 0;
  const meant = benchmarks.filter(({ name }) => all || names.includes(name));
  const numbers = Object.fromEntries(Object.entries(given).map(([name, text]) => [name, wholeNumber(text)]));
  const faults = [
    ...names
      .filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
      .map((name) => `no such benchmark: ${name}`),
    ...Object.keys(given).flatMap((name) => [
      ...(numbers[name] === undefined ? [`--${name} must be a whole number above nought`] : []),
      ...(meant.some(({ options }) => has(options, name)) ? [] : [`--${name} is no option of ${names.join(", ")}`]),
    ]),
  ];
  if (faults.length > 0) return { kind: "bad", faults };
  return {
    kind: "run",
    chosen: meant.map((benchmark) => ({ benchmark, options: optionsOf(benchmark, all, numbers) })),
  };
};

const optionsOf = (
  { options = {}, amongAll = {} }: Benchmark,
  all: boolean,
  given: Readonly<Record<string, number | undefined>>,
): BenchmarkOptions => ({
  ...options,
  ...(all ? amongAll : {}),
  ...Object.fromEntries(Object.entries(given).filter((entry): entry is [string, number] => has(options, entry[0]))),
});

const has = (options: BenchmarkOptions = {}, name: string): boolean => Object.hasOwn(options, name);

const wholeNumber = (text: string): number | undefined => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return value > 0 ? value : undefined;
};

/** What can be run, and with what options. */
export const helpText = (
  benchmarks: readonly Benchmark[],
): string => `npm run bench [-- <name>…]     without a name, all of them:
${benchmarks.map((benchmark) => `  ${benchmark.name}${optionsText(benchmark)}\n      ${benchmark.about}`).join("\n")}
`;

const optionsText = ({ options = {}, amongAll = {} }: Benchmark): string =>
  Object.entries(options)
    .map(([name, value]) => {
      const other = amongAll[name] === undefined ? "" : `, ${amongAll[name]} among all`;
      return ` [--${name} ${value === 0 ? "n" : value}${other}]`;
    })
    .join("");

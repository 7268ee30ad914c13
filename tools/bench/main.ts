import { parseArgs } from "node:util";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { coldStart } from "./cold-start.ts";
import { outage } from "./outage.ts";
import { reports } from "./reports.ts";

const BENCHMARKS: readonly Benchmark[] = [coldStart, outage, reports];

const optionsText = (options: BenchmarkOptions = {}): string =>
  Object.entries(options)
    .map(([name, value]) => ` [--${name} ${value === 0 ? "n" : value}]`)
    .join("");

const HELP = `npm run bench [-- <name>…]     without a name, all of them:
${BENCHMARKS.map(({ name, about, options }) => `  ${name}${optionsText(options)}  ${about}`).join("\n")}
`;

const USAGE_ERROR = 2;

type CommandLine =
  | { kind: "help" }
  | { kind: "fault"; fault: string }
  | { kind: "run"; names: readonly string[]; chosen: BenchmarkOptions };

const main = async (args: readonly string[]): Promise<number> => {
  const read = readCommandLine(args);
  if (read.kind === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  if (read.kind === "fault") {
    process.stderr.write(`${read.fault}\n${HELP}`);
    return USAGE_ERROR;
  }
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  for (const benchmark of BENCHMARKS)
    if (read.names.length === 0 || read.names.includes(benchmark.name)) {
      print(`# ${benchmark.name}: ${benchmark.about}\n`);
      await benchmark.run(print, { ...benchmark.options, ...read.chosen });
    }
  return 0;
};

const readCommandLine = (args: readonly string[]): CommandLine => {
  const options = Object.fromEntries(
    BENCHMARKS.flatMap(({ options = {} }) => Object.keys(options)).map((name) => [name, { type: "string" as const }]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: "boolean" } },
      allowPositionals: true,
    });
    const { help, ...given } = values;
    if (help === true) return { kind: "help" };
    const unknown = positionals.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
    if (unknown.length > 0) return { kind: "fault", fault: `no such benchmark: ${unknown.join(", ")}` };
    const chosen = Object.fromEntries(Object.entries(given).map(([name, text]) => [name, Number(text)]));
    const wrong = Object.keys(chosen).filter((name) => !Number.isSafeInteger(chosen[name]) || Number(chosen[name]) < 1);
    if (wrong.length > 0) return { kind: "fault", fault: `must be whole numbers above nought: ${wrong.join(", ")}` };
    return { kind: "run", names: positionals, chosen };
  } catch (error) {
    return { kind: "fault", fault: error instanceof Error ? error.message : String(error) };
  }
};

process.exitCode = await main(process.argv.slice(2));

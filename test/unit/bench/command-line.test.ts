import { describe, expect, it } from "vitest";
import type { Benchmark } from "../../../tools/bench/benchmark.ts";
import { helpText, readCommandLine } from "../../../tools/bench/command-line.ts";

const benchmark = (name: string, rest: Partial<Benchmark> = {}): Benchmark => ({
  name,
  about: `about ${name}`,
  run: async () => [],
  ...rest,
});

const QUICK = benchmark("quick", { options: { rounds: 5 } });
const LONG = benchmark("long", { options: { sessions: 0, rounds: 3 }, amongAll: { sessions: 10_000 } });
const PLAIN = benchmark("plain");
const read = (...args: string[]) => readCommandLine(args, [QUICK, LONG, PLAIN]);
const running = (...args: string[]) => {
  const line = read(...args);
  if (line.kind !== "run") throw new Error(`not to be run: ${JSON.stringify(line)}`);
  return line.chosen.map(({ benchmark: { name }, options }) => [name, options]);
};

describe("the command line of the benchmarks", () => {
  it("runs all of them without a name, each at the size that it has among all", () => {
    expect(running()).toEqual([
      ["quick", { rounds: 5 }],
      ["long", { sessions: 10_000, rounds: 3 }],
      ["plain", {}],
    ]);
  });

  it("runs those that are named, at their own size", () => {
    expect(running("long")).toEqual([["long", { sessions: 0, rounds: 3 }]]);
    expect(running("plain", "quick").map(([name]) => name)).toEqual(["quick", "plain"]);
  });

  it("gives an option to every benchmark that has it, and to no other", () => {
    expect(running("--rounds", "7", "--sessions", "20")).toEqual([
      ["quick", { rounds: 7 }],
      ["long", { sessions: 20, rounds: 7 }],
      ["plain", {}],
    ]);
  });

  it("tells every fault at once", () => {
    expect(read("quick", "slow", "--sessions", "5", "--rounds", "0")).toEqual({
      kind: "bad",
      faults: [
        "no such benchmark: slow",
        "--sessions is no option of quick, slow",
        "--rounds must be a whole number above nought",
      ],
    });
  });

  it.each([["0"], ["-1"], ["1.5"], ["1e3"], ["many"], [""]])("refuses %j for a number", (text) => {
    expect(read(`--rounds=${text}`)).toMatchObject({ kind: "bad" });
  });

  it("refuses an option that none of them has", () => {
    expect(read("--speed", "5")).toMatchObject({ kind: "bad", faults: [expect.stringContaining("--speed")] });
  });

  it("explains itself, with the options of each and what they are otherwise", () => {
    expect(read("quick", "--help")).toEqual({ kind: "help" });
    const help = helpText([QUICK, LONG, PLAIN]);
    expect(help).toContain("quick [--rounds 5]\n      about quick");
    expect(help).toContain("long [--sessions n, 10000 among all] [--rounds 3]");
  });
});

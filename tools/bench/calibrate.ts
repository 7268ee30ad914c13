import type { Benchmark } from "./benchmark.ts";
import { WORKLOAD, type Work } from "./calibrate/workload.ts";

/** What the workload took on the machine of 2026-11 (x64, 2 cores), in seconds of processor time. */
const REFERENCE_SECONDS = 3.35;
/** The limit of `npm test` on that machine, user and system time together. */
const TEST_LIMIT_SECONDS = 240;

/** How fast the machine is, so that limits of processor time can be read on any machine. */
export const calibrate: Benchmark = {
  name: "calibrate",
  about: "the processor time of a fixed workload: what limits in processor seconds mean on this machine",
  options: { rounds: 3 },
  async run(print, { rounds = 0 }) {
    print(`One thread; the least of ${rounds} rounds, which other load disturbed least.`);
    const seconds = WORKLOAD.map((work) => leastOf(work, rounds));
    for (const [place, { name }] of WORKLOAD.entries()) print(`  ${name}: ${format(seconds[place] ?? Number.NaN)}`);
    const total = seconds.reduce((sum, one) => sum + one, 0);
    const ratio = total / REFERENCE_SECONDS;
    print(`\`npm test\` may take ${Math.round(TEST_LIMIT_SECONDS * ratio)} s of processor time here.`);
    return [
      {
        what: "fixed workload",
        value: format(total),
        baseline: `reference machine: ${format(REFERENCE_SECONDS)}`,
        ratio,
      },
    ];
  },
};

const leastOf = ({ run }: Work, rounds: number): number =>
  Math.min(
    ...Array.from({ length: rounds }, () => {
      const before = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6;
    }),
  );

const format = (seconds: number): string => `${seconds.toFixed(2)} s`;

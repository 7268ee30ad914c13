import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { UsageReport } from "../../../shared/contract/responses.ts";
import { checkAgent, NOT_COUNTED } from "./agent.ts";
import { checkReaders, checkSeatHistory, checkTable } from "./checks.ts";
import { checkEarlierClient } from "./earlier-client.ts";
import { checkKill } from "./kill.ts";
import { checkMode, MODES } from "./modes.ts";
import { PHASES, readReport, runPhase } from "./phase.ts";
import { createWorld, type WorldOptions } from "./world.ts";

/** Runs two releases over one table, forward and back: `node main.ts --earlier <folder> [--seconds <per phase>]`. */
const main = async (): Promise<number> => {
  const { values } = parseArgs({ options: { earlier: { type: "string" }, seconds: { type: "string", default: "5" } } });
  const seconds = Number(values.seconds);
  if (values.earlier === undefined || !(seconds > 0)) {
    process.stderr.write(
      "Use --earlier (the folder of the unpacked earlier release) and --seconds (live seconds per phase).\n",
    );
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "verify-upgrade-"));
  const roots = {
    earlierRoot: resolve(values.earlier),
    currentRoot: resolve(import.meta.dirname, "../../.."),
    folder,
  };
  try {
    const faults = [...(await checkReleases(roots, seconds)), ...(await checkModes(roots))];
    process.stdout.write(faults.length === 0 ? "nothing lost\n" : `${faults.length} faults\n`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

type Roots = Pick<WorldOptions, "earlierRoot" | "currentRoot" | "folder">;

/** Fewer than people, so that some are refused. */
const SEATS = 25;

const checkReleases = async (roots: Roots, seconds: number): Promise<string[]> => {
  const world = await createWorld({ ...roots, seats: SEATS });
  const faults: string[] = [];
  try {
    let report: UsageReport = await readReport(world, "current");
    for (const phase of PHASES) {
      const outcome = await runPhase(world, phase, seconds, report);
      report = outcome.report;
      const { calls, totals, seats } = outcome.result;
      print(
        `${phase.name}: ${calls.total} calls, ${totals.sessions + totals.ciSessions} sessions, ${seats.denials} denials`,
        outcome.faults,
      );
      faults.push(...outcome.faults);
    }
    const table = await checkTable(world);
    print("rollups, seat counters, digests and item versions", table);
    const readers = await checkReaders(world, report);
    print("what each release reads of the other's items", readers);
    const kill = await checkKill(world);
    print("a kill that waits for the current release", kill);
    const client = await checkEarlierClient(world, seconds);
    print("operators of the earlier release at the current one", client);
    const agent = await checkAgent(world);
    print("an agent at the earlier release, after an upgrade, and after it was rolled back", agent);
    for (const what of NOT_COUNTED) process.stdout.write(`        the earlier release does not count ${what}\n`);
    const after = await checkTable(world);
    print("rollups, seat counters, digests and item versions after that", after);
    const history = await checkSeatHistory(world);
    print("the seat history of the days before, of and after the upgrade", history);
    return [...faults, ...table, ...readers, ...kill, ...client, ...agent, ...after, ...history];
  } finally {
    await world.close();
  }
};

const checkModes = async (roots: Roots): Promise<string[]> => {
  const faults: string[] = [];
  for (const mode of MODES) {
    const found = await checkMode(roots, mode);
    print(`seats of the earlier release under ${mode.name}, and back`, found);
    faults.push(...found);
  }
  return faults;
};

const print = (what: string, faults: readonly string[]): void => {
  process.stdout.write(`${faults.length === 0 ? "ok   " : "FAULT"} ${what}\n`);
  for (const fault of faults.slice(0, 10)) process.stdout.write(`        ${fault}\n`);
};

process.exitCode = await main();

import { fileURLToPath } from "node:url";
import { systemClock } from "../../../agent/wire/clock.ts";
import type { UsageReport } from "../../../shared/contract/responses.ts";
import { differences } from "../../simulate/result/compare.ts";
import { isClean, type SimulationResult, simulate } from "../../simulate/run.ts";
import { run } from "../deploy/command.ts";
import type { Release, World } from "./world.ts";

export type Phase = {
  name: string;
  /** The share of requests that the current release answers. */
  current: number;
  /** The jobs that run after it, each of a release. */
  jobs: readonly Job[];
};

type Job = {
  release: Release["name"];
  job: "reaper" | "dayClose" | "seatJob";
  /** How far its clock is ahead. */
  aheadMinutes?: number;
  /** Of its deployment. */
  settings?: Readonly<Record<string, string>>;
};

const both: readonly Job[] = [
  { release: "earlier", job: "reaper" },
  { release: "current", job: "reaper" },
  { release: "current", job: "dayClose" },
];

/** Forward and back again. */
export const PHASES: readonly Phase[] = [
  { name: "the earlier release alone", current: 0, jobs: both.slice(0, 1) },
  { name: "both, on the way forward", current: 0.5, jobs: both },
  { name: "the current release alone", current: 1, jobs: both.slice(1) },
  // A day's mark is deleted after five minutes. Then only the usage itself shows what the earlier release added to that day.
  {
    name: "both, on the way back",
    current: 0.5,
    jobs: [...both, { release: "current", job: "dayClose", aheadMinutes: 10 }],
  },
  { name: "the earlier release alone again", current: 0, jobs: both.slice(0, 1) },
  { name: "the current release again", current: 1, jobs: both.slice(1) },
];

export type PhaseOutcome = { result: SimulationResult; faults: string[]; report: UsageReport };

/**
 * Lets a team work through a phase: first past days, then the day now. A tenth of the events is repeated, delayed or
 * reordered, or its answer is lost. Then the jobs run. The report of each release must equal `before` plus what was sent.
 */
export const runPhase = async (
  world: World,
  phase: Phase,
  liveSeconds: number,
  before: UsageReport,
): Promise<PhaseOutcome> => {
  const result = await simulate(
    {
      url: "http://release.invalid",
      licenseKey: world.licenseKey,
      // The same people in all phases, so that both releases change the same rows and seats.
      seed: "upgrade",
      users: 40,
      operators: 4,
      ciRunners: 6,
      days: 2,
      liveSeconds,
      speed: 900,
      beatSeconds: 1,
      endCalls: 0.3,
      chaos: 0.1,
      maxBatch: 250,
      credential: "lease",
      selfCheck: "none",
    },
    {
      fetch: routed(world, phase.current),
      clock: systemClock,
      signal: new AbortController().signal,
      progress: () => {},
    },
  );
  const faults = isClean(result) ? [] : [...result.faults, `${result.undelivered} events were not acknowledged`];
  for (const job of phase.jobs) await runJob(world, job);
  const report = await readReport(world, "earlier");
  faults.push(...differences(result, report, before).map((difference) => `the earlier release reports: ${difference}`));
  // The current release does not run in the other phases.
  if (phase.current > 0) {
    const current = await readReport(world, "current");
    faults.push(
      ...differences(result, current, before).map((difference) => `the current release reports: ${difference}`),
    );
  }
  return { result, faults, report };
};

/** Sends each request to one of the releases at random, like a load balancer during a deployment. */
const routed = (world: World, current: number): typeof fetch => {
  const place = (url: string): string =>
    url.replace("http://release.invalid", (Math.random() < current ? world.current : world.earlier).server.url);
  return (input, init) => fetch(place(String(input)), init);
};

/** The usage report of all time from a release. */
export const readReport = async (world: World, release: Release["name"]): Promise<UsageReport> =>
  (await get(world, release, "/api/v1/reports/usage?format=json&primary_key=machine_id")) as UsageReport;

export const get = async (world: World, release: Release["name"], path: string): Promise<unknown> => {
  const response = await fetch(`${world[release].server.url}${path}`, {
    headers: { "x-license-key": world.licenseKey },
  });
  if (!response.ok) throw new Error(`${path} of the ${release} release: ${response.status} ${await response.text()}`);
  return response.json();
};

const JOB_SECONDS = 300;

// In a process of its own.
export const runJob = async (world: World, { release, job, aheadMinutes = 0, settings = {} }: Job): Promise<void> => {
  const { bundleOf, env } = world[release];
  const script = fileURLToPath(new URL("job.ts", import.meta.url));
  const parameters = [script, bundleOf(job), String(JOB_SECONDS), String(aheadMinutes)];
  await run(process.execPath, parameters, { env: { ...env, ...settings }, quiet: true });
};

import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../../../agent/wire/clock.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { mintLicense, mintTerms } from "../../mint/mint.ts";
import { isClean, type SimulationResult, simulate } from "../../simulate/run.ts";
import { startServerProcess } from "../server-process.ts";
import { formatGrowth, growthFaults, type Series } from "./result.ts";
import { sample } from "./sampler.ts";

/** Runs a team at full speed against the local server: `node main.ts [--minutes 1] [--samples <file>]`. */
const main = async (): Promise<number> => {
  const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" }, samples: { type: "string" } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) {
    process.stderr.write("--minutes must be a number above 0\n");
    return 2;
  }
  const { series, result } = await soak(minutes);
  if (values.samples !== undefined) writeFileSync(values.samples, `${JSON.stringify(series)}\n`);
  const faults = [...workFaults(result), ...growthFaults(series)];
  const { calls, totals, seats } = result;
  process.stdout.write(
    [
      `${minutes} minutes: ${calls.total} calls, ${Math.round(calls.total / (minutes * 60))} a second; ` +
        `${totals.sessions} sessions, ${totals.ciSessions} of CI, ${seats.denials} denials`,
      ...formatGrowth(series),
      ...faults.map((fault) => `FAULT ${fault}`),
      faults.length === 0 ? "no growth, and the usage report matches what was sent" : `${faults.length} faults`,
      "",
    ].join("\n"),
  );
  return faults.length === 0 ? 0 : 1;
};

const SAMPLE_MS = 2 * SECOND_MS;

const soak = async (minutes: number): Promise<{ series: Series; result: SimulationResult }> => {
  const dataDir = mkdtempSync(join(tmpdir(), "verify-soak-"));
  const licenseKey = randomBytes(24).toString("base64url");
  const licensePath = join(dataDir, "license.pem");
  writeFileSync(licensePath, await license());
  const server = await startServerProcess({
    root: join(import.meta.dirname, "../../.."),
    env: { DATA_DIR: dataDir, LICENSE_PATH: licensePath, LICENSE_KEY: licenseKey },
    nodeOptions: ["--expose-gc", "--import", join(import.meta.dirname, "probe.ts")],
  });
  try {
    const enginePid = Number(readFileSync(join(dataDir, "engine", "pid"), "utf8"));
    const series: Series = [];
    const begin = performance.now();
    const over = new AbortController();
    const sampling = (async () => {
      while (!over.signal.aborted) {
        const at = (performance.now() - begin) / SECOND_MS;
        series.push({ at, ...(await sample({ server, enginePid, dataDir })) });
        await systemClock.sleep(SAMPLE_MS, over.signal);
      }
    })();
    try {
      const result = await simulate(
        { ...TEAM, url: server.url, licenseKey, liveSeconds: (minutes * MINUTE_MS) / SECOND_MS },
        { fetch, clock: systemClock, signal: new AbortController().signal, progress: () => {} },
      );
      return { series, result };
    } finally {
      over.abort();
      await sampling;
    }
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

/**
 * As much load as the server can handle on a small machine. With more, the simulator would report later and later, and measure
 * its own queue.
 */
const TEAM = {
  seed: "soak",
  users: 150,
  operators: 8,
  ciRunners: 60,
  days: 0,
  speed: 2_000,
  beatSeconds: 0.2,
  endCalls: 0.5,
  chaos: 0.02,
  maxBatch: 250,
  credential: "lease",
  selfCheck: "empty",
} as const;

/** Fewer seats than people, so that there are denials. */
const license = async (): Promise<string> => {
  const { pem } = await mintLicense({
    organization: "Soak",
    terms: mintTerms({ type: "teams", max_seats: 100, subscription_id: "soak" }),
    notBefore: Date.now() - DAY_MS,
    notAfter: Date.now() + 365 * DAY_MS,
    serialNumber: "01",
  });
  return pem;
};

const workFaults = (result: SimulationResult): string[] =>
  isClean(result)
    ? []
    : [
        ...result.faults.slice(0, 10),
        ...(result.undelivered > 0 ? [`${result.undelivered} events were not acknowledged`] : []),
        ...(result.differences ?? []).slice(0, 10),
      ];

process.exitCode = await main();

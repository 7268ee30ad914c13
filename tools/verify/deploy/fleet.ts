import type { UsageReport } from "../../../shared/contract/responses.ts";
import { run } from "./command.ts";

export type Totals = { sessions: number; seconds: number; ciSessions: number };

/** Lets a simulated fleet work through a deployed API. Returns what it sent. */
export const simulate = async (url: string, key: string, ...more: readonly string[]): Promise<Totals> => {
  const size = ["--operators", "3", "--users", "30", "--days", "5"];
  const place = ["--url", url, "--key", key];
  return sentBy(await run(process.execPath, ["tools/simulate/main.ts", ...place, ...size, ...more], { quiet: true }));
};

/** The totals that the simulator printed. */
const sentBy = (printed: string): Totals => {
  const people = /^people +([\d,]+) sessions, .*\((\d+) s\)$/m.exec(printed);
  const ci = /^CI +([\d,]+) sessions/m.exec(printed);
  const number = (text: string | undefined) => Number(text?.replaceAll(",", ""));
  return { sessions: number(people?.[1]), seconds: number(people?.[2]), ciSessions: number(ci?.[1]) };
};

/** The all-time totals of the usage report. */
export const reported = async (url: string, key: string): Promise<Totals> => {
  const answer = await fetch(`${url}/api/v1/reports/usage?format=json`, { headers: { "x-license-key": key } });
  if (!answer.ok) throw new Error(`the report failed: ${answer.status} ${await answer.text()}`);
  const { allTimeMetrics: all } = (await answer.json()) as UsageReport;
  return {
    sessions: all.totalSessionCount,
    seconds: all.totalSessionTimeSeconds,
    ciSessions: all.totalCiSessionCount,
  };
};

export const sum = (one: Totals, other: Totals): Totals => ({
  sessions: one.sessions + other.sessions,
  seconds: one.seconds + other.seconds,
  ciSessions: one.ciSessions + other.ciSessions,
});

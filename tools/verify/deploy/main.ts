import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { UsageReport } from "../../../shared/contract/responses.ts";
import { aws, run } from "./command.ts";
import { openEntrance } from "./entrance.ts";
import { lookAtStacks } from "./standing.ts";

/**
 * Deploys both stacks to what stands in for AWS at AWS_ENDPOINT_URL, as a platform engineer would, and uses them: the
 * license is put by the command line, a simulated fleet works through the deployed API, the stacks are updated with
 * another configuration, the fleet works again, and nothing may be lost. Then what stands is held against the contract.
 */

const PREFIX = "VerifyDeploy";
const STACKS = { data: `${PREFIX}-Data`, service: `${PREFIX}-Service` };
const ROOT = join(import.meta.dirname, "..", "..", "..");

type Outputs = Record<string, Record<string, string>>;

const deploy = async (work: string, config: object): Promise<Outputs> => {
  const configPath = join(work, "config.json");
  const outputsPath = join(work, "outputs.json");
  writeFileSync(configPath, JSON.stringify({ stackPrefix: PREFIX, ...config }));
  await run(
    "cdk",
    [
      "deploy",
      "--all",
      "--context",
      `config=${configPath}`,
      "--output",
      join(work, "cdk.out"),
      "--require-approval",
      "never",
      "--progress",
      "events",
      "--outputs-file",
      outputsPath,
    ],
    { quiet: true },
  );
  return JSON.parse(readFileSync(outputsPath, "utf8")) as Outputs;
};

const simulate = (url: string, key: string, ...more: readonly string[]): Promise<string> =>
  run(
    process.execPath,
    ["tools/simulate/main.ts", "--url", url, "--key", key, "--operators", "3", "--users", "30", "--days", "5", ...more],
    { quiet: true },
  );

type Totals = { sessions: number; seconds: number; ciSessions: number };

/** What the simulator says it has sent in all. */
const sentBy = (printed: string): Totals => {
  const people = /^people +([\d,]+) sessions, .*\((\d+) s\)$/m.exec(printed);
  const ci = /^CI +([\d,]+) sessions/m.exec(printed);
  const number = (text: string | undefined) => Number(text?.replaceAll(",", ""));
  return { sessions: number(people?.[1]), seconds: number(people?.[2]), ciSessions: number(ci?.[1]) };
};

const reported = async (url: string, key: string): Promise<Totals> => {
  const answer = await fetch(`${url}/api/v1/reports/usage?format=json`, { headers: { "x-license-key": key } });
  if (!answer.ok) throw new Error(`the report: ${answer.status} ${await answer.text()}`);
  const { allTimeMetrics: all } = (await answer.json()) as UsageReport;
  return {
    sessions: all.totalSessionCount,
    seconds: all.totalSessionTimeSeconds,
    ciSessions: all.totalCiSessionCount,
  };
};

const say = (text: string): void => console.log(`verify-deploy: ${text}`);

const verify = async (work: string, endpoint: string): Promise<boolean> => {
  const { Account: account } = await aws<{ Account: string }>("sts", "get-caller-identity");
  await run("cdk", ["bootstrap", `aws://${account}/${process.env["AWS_REGION"]}`], { quiet: true });
  say("bootstrapped");
  const outputs = await deploy(work, {});
  say(`deployed ${Object.keys(outputs).join(" and ")}`);

  const license = join(work, "license.pem");
  await run(
    process.execPath,
    ["tools/mint/main.ts", "--organization", "Acme", "--type", "teams", "--seats", "100", "--out", license],
    { quiet: true },
  );
  await run(process.execPath, ["tools/cli/main.ts", "license", "put", license, "--stack-prefix", PREFIX, "--yes"], {
    quiet: true,
  });
  say("license put by the command line");
  const key = (
    await aws<{ SecretString: string }>(
      "secretsmanager",
      "get-secret-value",
      "--secret-id",
      outputs[STACKS.data]?.["LicenseKeySecretArn"] ?? "",
    )
  ).SecretString;

  const apiUrl = outputs[STACKS.service]?.["ApiUrl"] ?? "";
  const entrance = await openEntrance(apiUrl, endpoint);
  try {
    const first = await simulate(entrance.url, key, "--seed", "1", "--self-check");
    say(`simulated fleet: ${lastLine(first)}`);
    const before = await reported(entrance.url, key);
    await deploy(work, { lease: { heartbeatIntervalSeconds: 30 }, logLevel: "debug", adminByLicenseKey: true });
    say("updated the stacks with another configuration");
    const kept = isDeepStrictEqual(await reported(entrance.url, key), before);
    say(`the report after the update: ${kept ? "the same" : "DIFFERENT"}, ${before.sessions} sessions`);
    const second = sentBy(await simulate(entrance.url, key, "--seed", "2"));
    const after = await reported(entrance.url, key);
    const counted = isDeepStrictEqual(after, {
      sessions: before.sessions + second.sessions,
      seconds: before.seconds + second.seconds,
      ciSessions: before.ciSessions + second.ciSessions,
    });
    say(
      `simulated fleet again: ${second.sessions} sessions more, the report has ${counted ? "them all, once" : `WRONG TOTALS: ${JSON.stringify(after)}`}`,
    );

    const findings = await lookAtStacks(STACKS);
    for (const { what, found, faults } of findings) {
      say(`${what}: ${found}`);
      for (const text of faults) say(`${what}: FAULT: ${text}`);
    }
    return kept && counted && findings.every(({ faults }) => faults.length === 0);
  } finally {
    await entrance.close();
  }
};

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

const main = async (): Promise<number> => {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  if (endpoint === undefined) {
    console.error("verify-deploy: AWS_ENDPOINT_URL is not set: this deploys to an emulator only");
    return 2;
  }
  process.chdir(ROOT);
  const work = mkdtempSync(join(tmpdir(), "verify-deploy-"));
  try {
    const ok = await verify(work, endpoint);
    say(ok ? "all of it stands" : "there are faults");
    return ok ? 0 : 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

process.exitCode = await main();

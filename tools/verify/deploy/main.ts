import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { UsageReport } from "../../../shared/contract/responses.ts";
import { aws, run } from "./command.ts";
import { openEntrance } from "./entrance.ts";
import { checkStacks } from "./stacks.ts";

/**
 * Deploys both stacks to the AWS emulator at AWS_ENDPOINT_URL, as a platform engineer would, and uses them. The CLI puts the
 * license, and a simulated fleet works through the deployed API. The stacks are updated with another configuration, and the
 * fleet works again: nothing may be lost. At the end the deployed resources are compared with the contract.
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

/** The totals that the simulator printed. */
const sentBy = (printed: string): Totals => {
  const people = /^people +([\d,]+) sessions, .*\((\d+) s\)$/m.exec(printed);
  const ci = /^CI +([\d,]+) sessions/m.exec(printed);
  const number = (text: string | undefined) => Number(text?.replaceAll(",", ""));
  return { sessions: number(people?.[1]), seconds: number(people?.[2]), ciSessions: number(ci?.[1]) };
};

const reported = async (url: string, key: string): Promise<Totals> => {
  const answer = await fetch(`${url}/api/v1/reports/usage?format=json`, { headers: { "x-license-key": key } });
  if (!answer.ok) throw new Error(`the report failed: ${answer.status} ${await answer.text()}`);
  const { allTimeMetrics: all } = (await answer.json()) as UsageReport;
  return {
    sessions: all.totalSessionCount,
    seconds: all.totalSessionTimeSeconds,
    ciSessions: all.totalCiSessionCount,
  };
};

const print = (text: string): void => console.log(`verify-deploy: ${text}`);

const verify = async (work: string, endpoint: string): Promise<boolean> => {
  const { Account: account } = await aws<{ Account: string }>("sts", "get-caller-identity");
  await run("cdk", ["bootstrap", `aws://${account}/${process.env["AWS_REGION"]}`], { quiet: true });
  print("bootstrapped");
  const outputs = await deploy(work, {});
  print(`deployed ${Object.keys(outputs).join(" and ")}`);

  const license = join(work, "license.pem");
  await run(
    process.execPath,
    ["tools/mint/main.ts", "--organization", "Acme", "--type", "teams", "--seats", "100", "--out", license],
    { quiet: true },
  );
  await run(process.execPath, ["tools/cli/main.ts", "license", "put", license, "--stack-prefix", PREFIX, "--yes"], {
    quiet: true,
  });
  print("the CLI put the license");
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
    print(`simulated fleet: ${lastLine(first)}`);
    const before = await reported(entrance.url, key);
    await deploy(work, { lease: { heartbeatIntervalSeconds: 30 }, logLevel: "debug", adminByLicenseKey: true });
    print("updated the stacks with another configuration");
    const kept = isDeepStrictEqual(await reported(entrance.url, key), before);
    print(`the report after the update: ${kept ? "the same" : "DIFFERENT"}, ${before.sessions} sessions`);
    const second = sentBy(await simulate(entrance.url, key, "--seed", "2"));
    const after = await reported(entrance.url, key);
    const counted = isDeepStrictEqual(after, {
      sessions: before.sessions + second.sessions,
      seconds: before.seconds + second.seconds,
      ciSessions: before.ciSessions + second.ciSessions,
    });
    print(
      `simulated fleet again: ${second.sessions} sessions more, the report ${counted ? "has each of them once" : `has WRONG TOTALS: ${JSON.stringify(after)}`}`,
    );

    const findings = await checkStacks(STACKS);
    for (const { what, found, faults } of findings) {
      print(`${what}: ${found}`);
      for (const text of faults) print(`${what}: FAULT: ${text}`);
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
    console.error("verify-deploy: AWS_ENDPOINT_URL is not set. This deploys to an emulator only.");
    return 2;
  }
  process.chdir(ROOT);
  const work = mkdtempSync(join(tmpdir(), "verify-deploy-"));
  try {
    const ok = await verify(work, endpoint);
    print(ok ? "everything is deployed as the contract says" : "there are faults");
    return ok ? 0 : 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

process.exitCode = await main();

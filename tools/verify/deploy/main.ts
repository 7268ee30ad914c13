import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { aws, run } from "./command.ts";
import { deploy, destroy, putLicense, STACKS, secretValue, statusOf } from "./deployment.ts";
import { openEntrance } from "./entrance.ts";
import { everythingOn } from "./everything.ts";
import { reported, simulate } from "./fleet.ts";
import { backAndForth } from "./releases.ts";
import { checkStacks } from "./stacks.ts";
import { type Check, failToSwitchOff, type Place, switchOff, useEverything } from "./steps.ts";
import { openWebhook, type Webhook } from "./webhook.ts";

/**
 * Deploys both stacks to the AWS emulator at AWS_ENDPOINT_URL, as a platform engineer would, and uses them. The CLI puts the
 * license, and a simulated fleet works through the deployed API. Then everything is switched on and used; switched off while the
 * service stack cannot be updated, which rolls back; and switched off. The release before is deployed, then this one again. In the
 * end both stacks are destroyed. Nothing may be lost on the way. `node main.ts [--earlier <folder of the release before>]`.
 */

const ROOT = join(import.meta.dirname, "..", "..", "..");

const print = (text: string): void => console.log(`verify-deploy: ${text}`);

/** Prints each check and counts those that failed. */
const checks = () => {
  let faults = 0;
  const check: Check = (what, ok, found) => {
    if (!ok) faults += 1;
    print(`${what}: ${ok ? "" : "FAULT: "}${found}`);
  };
  return { check, faults: () => faults };
};

const verify = async (place: Place, webhook: Webhook, earlier: string | undefined): Promise<void> => {
  const { work, endpoint, check } = place;
  const { Account: account } = await aws<{ Account: string }>("sts", "get-caller-identity");
  await run("cdk", ["bootstrap", `aws://${account}/${process.env["AWS_REGION"]}`], { quiet: true });
  print("bootstrapped");
  const outputs = await deploy(work, {});
  print(`deployed ${STACKS.data} and ${STACKS.service}`);

  const config = ["--config", join(work, "config.json")];
  await run(process.execPath, ["tools/cli/main.ts", "doctor", "--preflight", ...config], { quiet: true });
  print("the preflight finds nothing that would fail");

  const license = join(work, "license.pem");
  const terms = ["--organization", "Acme", "--type", "teams", "--seats", "100"];
  await run(process.execPath, ["tools/mint/main.ts", ...terms, "--out", license], { quiet: true });
  await putLicense(license);
  print("the CLI put the license");

  const entrance = await openEntrance(outputs["ApiUrl"] ?? "", endpoint);
  try {
    const key = await secretValue(outputs["LicenseKeySecretArn"]);
    await simulate(entrance.url, key, "--seed", "1", "--self-check");
    const before = await reported(entrance.url, key);
    print(`simulated fleet: the usage report has the ${before.sessions} sessions that were sent`);
    for (const { what, found, faults } of await checkStacks(STACKS))
      check(what, faults.length === 0, [found, ...faults].join("; "));

    const ownKey = randomBytes(24).toString("base64url");
    const secrets = { licenseKey: ownKey, license: readFileSync(license, "utf8"), webhookUrl: webhook.url };
    const everything = await everythingOn(secrets);
    const on = await deploy(work, everything);
    print("switched everything on");
    await useEverything(place, webhook, { url: entrance.url, key: ownKey, outputs: on, kept: before });
    await failToSwitchOff(place, everything, { url: entrance.url, key: ownKey });
    const again = await switchOff(place, { license, url: entrance.url, key: ownKey });
    if (earlier === undefined) print("SKIPPED: no earlier release is at hand");
    else await backAndForth(place, { earlier, apiUrl: outputs["ApiUrl"], url: entrance.url, key: again });
  } finally {
    await entrance.close();
  }
  const kept = outputs["TableName"] ?? "";
  await destroy(work);
  const left = (await Promise.all([STACKS.data, STACKS.service].map(statusOf))).filter((one) => one !== undefined);
  check("destroyed", left.length === 0, `stacks left: ${left.join(", ") || "none"}`);
  const { Table: table } = await aws<{ Table: { ItemCount: number } }>(
    "dynamodb",
    "describe-table",
    "--table-name",
    kept,
  );
  check("what is kept", table.ItemCount > 0, `the table has ${table.ItemCount} items`);
};

const main = async (): Promise<number> => {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  if (endpoint === undefined) {
    console.error("verify-deploy: AWS_ENDPOINT_URL is not set. This deploys to an emulator only.");
    return 2;
  }
  const { earlier } = parseArgs({ options: { earlier: { type: "string" } } }).values;
  process.chdir(ROOT);
  const work = mkdtempSync(join(tmpdir(), "verify-deploy-"));
  const { check, faults } = checks();
  const webhook = await openWebhook();
  try {
    await verify({ work, endpoint, check }, webhook, earlier === undefined ? undefined : resolve(earlier));
  } finally {
    await webhook.close();
    rmSync(work, { recursive: true, force: true });
  }
  print(faults() === 0 ? "everything is deployed as the contract says" : `${faults()} faults`);
  return faults() === 0 ? 0 : 1;
};

process.exitCode = await main();

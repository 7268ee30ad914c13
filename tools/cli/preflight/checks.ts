import type { DeployConfig } from "../../../infra/config.ts";
import type { Check } from "../doctor/check.ts";
import { CliError } from "../exit.ts";
import { accountChecks } from "./account.ts";
import type { AskAws } from "./ask-aws.ts";
import { domainCheck } from "./domain.ts";
import { logChecks } from "./logs.ts";
import type { Look } from "./look.ts";
import { networkChecks } from "./network.ts";

const LOOKS: readonly (readonly [name: string, look: Look])[] = [
  ["limits", accountChecks],
  ["dns", domainCheck],
  ["logs", logChecks],
  ["network", networkChecks],
];

/** What AWS may refuse in a deployment with this configuration, in the region of `ask`. Nothing is changed. */
export const preflightChecks = async (
  config: DeployConfig,
  { region, ask }: { region: string | undefined; ask: AskAws },
): Promise<Check[]> => {
  const place = await placeChecks(config, region, ask);
  if (place.some(({ result }) => result === "fail")) return place;
  const found = await Promise.all(LOOKS.map(([name, look]) => looked(name, () => look(config, ask))));
  return [...place, ...found.flat()];
};

// A right that is missing here says nothing about the deployment, which has others.
const looked = async (name: string, look: () => Promise<Check[]>): Promise<Check[]> => {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const [found = "", ...advice] = error.lines;
    return [{ name, result: "warn", found, advice: advice.join(" ").trim() || "Look it up yourself." }];
  }
};

const UNTRIED = /^(?:cn|us-gov|eusc|us-iso|eu-isoe)/;

/** Whether the account and the region are those of the configuration. */
const placeChecks = async (config: DeployConfig, region: string | undefined, ask: AskAws): Promise<Check[]> => {
  if (region === undefined)
    return [
      { name: "region", result: "fail", found: "none", advice: "Set AWS_REGION, or region in the configuration." },
    ];
  const known: Check = UNTRIED.test(region)
    ? { name: "region", result: "warn", found: `${region} is untried`, advice: "Read docs/deploy.md, Regions." }
    : { name: "region", result: "ok", found: region };
  try {
    const { Account: account } = (await ask("sts", "get-caller-identity")) as { Account: string };
    const isOther = config.account !== undefined && config.account !== account;
    const check: Check = isOther
      ? {
          name: "account",
          result: "fail",
          found: `the credentials are for ${account}, the configuration for ${config.account}`,
          advice: "Choose other credentials: AWS_PROFILE.",
        }
      : { name: "account", result: "ok", found: account };
    return [check, known];
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const [found = "", ...advice] = error.lines;
    return [{ name: "account", result: "fail", found, advice: advice.join(" ").trim(), exit: error.exit }, known];
  }
};

import { isDeepStrictEqual } from "node:util";
import { deploy, type Outputs, putLicense, STACKS, secretValue, statusOf } from "./deployment.ts";
import { openEntrance } from "./entrance.ts";
import { DOMAIN, type everythingOn, takenRecord } from "./everything.ts";
import { reported, simulate, sum, type Totals } from "./fleet.ts";
import { ofType, resourcesOf } from "./stacks.ts";
import { useEvents } from "./use.ts";
import type { Webhook } from "./webhook.ts";

/** Prints one check; `ok` decides whether it is a fault. */
export type Check = (what: string, ok: boolean, found: string) => void;

/** The folder for files, the address of the emulator, and where results go. */
export type Place = { work: string; endpoint: string; check: Check };

export type Server = { url: string; key: string };

/**
 * What was reported before, a fleet through the private API, a call through the mapping of the domain, a session on the bus and at the
 * webhook.
 */
export const useEverything = async (
  { work, endpoint, check }: Place,
  webhook: Webhook,
  { url, key, outputs, kept }: Server & { outputs: Outputs; kept: Totals },
): Promise<void> => {
  const before = await reported(url, key);
  check("the report with everything on", isDeepStrictEqual(before, kept), `${before.sessions} sessions`);
  const sent = await simulate(await privateUrl(endpoint), key, "--seed", "2");
  const after = await reported(url, key);
  check(
    "fleet through the private API",
    isDeepStrictEqual(after, sum(before, sent)),
    `${sent.sessions} sessions sent, ${after.sessions - before.sessions} more in the report`,
  );
  const answer = await throughDomain(endpoint, "/api/v1/license", key);
  check("license through the mapping of the domain", answer === 200, `status ${answer}`);
  const { onBus, posted } = await useEvents({ url, key, outputs, work }, webhook);
  check("events on the bus", onBus.includes("session.ended"), onBus.join(", ") || "none");
  check("session at the webhook", posted.length > 0, posted[0] ?? "none");
};

const throughDomain = async (endpoint: string, path: string, key: string): Promise<number> => {
  const domain = await openEntrance(`https://${DOMAIN.name}`, endpoint);
  try {
    const headers = { "x-license-key": key };
    return (await fetch(`${domain.url}/${DOMAIN.basePath}${path}`, { headers })).status;
  } finally {
    await domain.close();
  }
};

/** The private API of the stack, at the emulator, which has no VPC endpoints. */
const privateUrl = async (endpoint: string): Promise<string> => {
  const [api] = ofType(await resourcesOf(STACKS.service), "AWS::ApiGateway::RestApi");
  return `${endpoint}/_aws/execute-api/${api?.PhysicalResourceId}/v1`;
};

/** Events are switched off in the data stack, then the service stack fails and rolls back. It must work as before. */
export const failToSwitchOff = async (
  { work, endpoint, check }: Place,
  { events, jira, ...rest }: Awaited<ReturnType<typeof everythingOn>>,
  { url, key }: Server,
): Promise<void> => {
  const before = await reported(url, key);
  const customDomain = { ...rest.customDomain, ...(await takenRecord()) };
  const failure = await deploy(work, { ...rest, customDomain }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  check(
    "switching events off fails",
    failure?.includes("already exists") === true,
    failure === undefined ? "it succeeded" : "as the record of the domain exists",
  );
  const status = await statusOf(STACKS.service);
  const answer = await throughDomain(endpoint, "/api/v1/license", key);
  const pipes = ofType(await resourcesOf(STACKS.service), "AWS::Pipes::Pipe").length;
  check(
    "the service stack rolls back",
    status === "UPDATE_ROLLBACK_COMPLETE" && answer === 200 && pipes === 1,
    `${status}, license ${answer}, ${pipes} pipe`,
  );
  check("the report after the rollback", isDeepStrictEqual(await reported(url, key), before), "the same");
};

const GONE = ["AWS::Pipes::Pipe", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::DomainName"];

/** The default again. Its license secret is a new one, and so is its key, which is returned. */
export const switchOff = async (
  { work, check }: Place,
  { license, url, key }: Server & { license: string },
): Promise<string> => {
  const before = await reported(url, key);
  const outputs = await deploy(work, {});
  const resources = await resourcesOf(STACKS.service);
  const left = GONE.filter((type) => ofType(resources, type).length > 0);
  check("switched everything off", left.length === 0, left.join(", ") || "no pipe, private API and domain are left");
  await putLicense(license);
  const generated = await secretValue(outputs["LicenseKeySecretArn"]);
  const after = await reported(url, generated);
  check("the report after that", isDeepStrictEqual(after, before), `${after.sessions} sessions`);
  return generated;
};

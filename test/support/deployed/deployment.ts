import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { FUNCTIONS, type FunctionName, timeoutSecondsOf } from "../../../shared/contract/functions.ts";
import { matchRoute } from "../../../shared/contract/match-route.ts";
import { FALLBACK_FUNCTION } from "../../../shared/contract/routes.ts";
import type { ServerEvent } from "../../../shared/events/schemas.ts";
import type { TokenFunctionAnswer } from "../../../shared/licensing/token-function.ts";
import { createTable } from "../../../shared/store/dynamodb.ts";
import type { Bundles } from "../../../tools/local/bundle.ts";
import { invocationContext } from "../../../tools/local/context.ts";
import { functionOf, synthesize, type Template } from "../../infra/synth.ts";
import { type App, LICENSE_KEY, START, toAnswer, toEvent } from "../app.ts";
import { createTestTable } from "../engine.ts";
import { testLicense } from "../license.ts";
import { bundleHandlers } from "../ready-bundles.ts";
import { type FakeAws, startFakeAws } from "./fake-aws.ts";
import { physical, REGION } from "./physical.ts";
import { type AwsCall, allows, type Permission, permissionsOf } from "./policies.ts";
import { type RunningFunction, runFunction } from "./running-function.ts";

const NAMES = Object.keys(FUNCTIONS) as FunctionName[];

/** What can be done with a deployment: the same as with the functions in one process, as far as it is of use here. */
export type Deployed = Pick<
  App,
  | "clock"
  | "table"
  | "tableName"
  | "call"
  | "invoke"
  | "invokeToken"
  | "invokeEvents"
  | "accessToken"
  | "setLicense"
  | "close"
> & {
  /** Invokes any function with any event. */
  send(name: FunctionName, event: unknown): Promise<unknown>;
  readonly aws: FakeAws;
};

export type Deployment = {
  /** What each function's role allows, on resources as they are deployed. */
  readonly permissions: ReadonlyMap<FunctionName, readonly Permission[]>;
  /** What each function has asked of AWS so far, each call once. */
  callsOf(name: FunctionName): AwsCall[];
  /** What was refused, as `function: action resource`. */
  readonly refused: string[];
  /** Deploys it all anew, over an empty table; `environment` replaces variables of every function. */
  deploy(environment?: Record<string, string>): Promise<Deployed>;
  remove(): Promise<void>;
};

/**
 * The bundles of the functions, with the environment and the roles that the templates of a configuration give them, in
 * front of an AWS that refuses what their policies do not allow. The table has the same name in all deployments.
 */
export const prepareDeployment = async (config: object): Promise<Deployment> => {
  const folder = await mkdtemp(join(tmpdir(), "license-server-deployed-"));
  const bundles = await bundleHandlers(join(folder, "bundles"));
  const { data, service } = synthesize(config);
  const template: Template = { ...service, Resources: { ...data.Resources, ...service.Resources } };
  const made = new Map<FunctionName, Map<string, AwsCall>>(NAMES.map((name) => [name, new Map()]));
  const refused: string[] = [];
  const resolve = physical(template, (id, { Type }) => (Type === "AWS::S3::Bucket" ? id.toLowerCase() : id));
  const permissions = new Map(
    NAMES.map((name) => [
      name,
      permissionsOf(template, roleOf(template, name)).map((one) => resolve(one) as Permission),
    ]),
  );
  const tableName = tableIn(template);
  const authorize = (signer: string, call: AwsCall): boolean => {
    const name = signer as FunctionName;
    made.get(name)?.set(`${call.action} ${call.resource} ${JSON.stringify(call.context ?? {})}`, call);
    if (allows(permissions.get(name) ?? [], call)) return true;
    refused.push(`${name}: ${call.action} ${call.resource} ${JSON.stringify(call.context ?? {})}`);
    return false;
  };
  return {
    permissions,
    callsOf: (name) => [...(made.get(name)?.values() ?? [])],
    refused,
    deploy: (environment = {}) => deploy({ template, bundles, resolve, tableName, authorize, environment }),
    remove: () => rm(folder, { recursive: true }),
  };
};

type Parts = {
  template: Template;
  bundles: Bundles;
  resolve: (value: unknown) => unknown;
  tableName: string;
  authorize: (signer: string, call: AwsCall) => boolean;
  environment: Record<string, string>;
};

const deploy = async ({ template, bundles, resolve, tableName, authorize, environment }: Parts): Promise<Deployed> => {
  const clock = { now: START };
  const testTable = await createTestTable();
  const aws = await startFakeAws({ ...testTable, deployedTable: tableName, authorize });
  const running = new Map<FunctionName, RunningFunction>();
  const environmentOf = (name: FunctionName): Record<string, string> => ({
    ...environmentIn(template, name, resolve),
    ...environment,
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL: aws.endpoint,
    // Who calls is told by the key's id: each role has its own.
    AWS_ACCESS_KEY_ID: name,
    AWS_SECRET_ACCESS_KEY: "unchecked",
  });
  const functionNamed = (name: FunctionName): RunningFunction => {
    const known = running.get(name) ?? runFunction(bundles[name].file, environmentOf(name), clock.now);
    running.set(name, known);
    return known;
  };
  const send = (name: FunctionName, event: unknown): Promise<unknown> =>
    functionNamed(name).invoke(
      event,
      invocationContext(name, randomUUID(), () => timeoutSecondsOf(name) * 1_000),
      clock.now,
    );
  const invokeToken = (request: unknown) => send("token", request) as Promise<TokenFunctionAnswer>;
  const secretOf = (name: FunctionName, variable: string): string => environmentOf(name)[variable] ?? "";
  const setLicense: App["setLicense"] = async (terms, validity) => {
    const pem = await testLicense(terms, validity);
    aws.secrets.set(secretOf("license", "LICENSE_SECRET_ARN"), pem);
    return pem;
  };
  await setLicense({});
  aws.secrets.set(environmentOf("jira")["JIRA_WEBHOOK_SECRET_ARN"] ?? "", "not a URL yet");
  aws.secrets.set(secretOf("license", "LICENSE_KEY_SECRET_ARN"), LICENSE_KEY);
  for (const variable of ["LEASE_SIGNING_SECRET_ARN", "ACCESS_SIGNING_SECRET_ARN"])
    aws.secrets.set(secretOf("license", variable), JSON.stringify({ seed: randomUUID() + randomUUID() }));
  const pace = { now: () => clock.now, random: Math.random, sleep: async () => {} };
  return {
    clock,
    aws,
    tableName: testTable.tableName,
    table: createTable({ client: testTable.client, tableName: testTable.tableName, pace }),
    send,
    setLicense,
    invokeToken,
    invoke: (name, event = {}) => send(name, event),
    invokeEvents: (records) => send("events", records) as Promise<ServerEvent[]>,
    async accessToken(scopes, subject = "tester") {
      const answer = await invokeToken({ subject, scopes, expires_in_secs: 3_600 });
      if (!answer.ok || !("token" in answer)) throw new Error(`no token: ${JSON.stringify(answer)}`);
      return answer.token;
    },
    async call(method, path, options = {}) {
      const event = toEvent(method, path, options, clock.now);
      const match = matchRoute(method, event.rawPath);
      const result = await send(match.found ? match.route.function : FALLBACK_FUNCTION, event);
      return toAnswer(result as APIGatewayProxyStructuredResultV2);
    },
    async close() {
      for (const fn of running.values()) await fn.stop();
      await aws.stop();
      await testTable.drop();
    },
  };
};

const roleOf = (template: Template, name: FunctionName): string => {
  const {
    "Fn::GetAtt": [id],
  } = functionOf(template, name).Properties["Role"] as { "Fn::GetAtt": [string, string] };
  return id;
};

const environmentIn = (
  template: Template,
  name: FunctionName,
  resolve: (value: unknown) => unknown,
): Record<string, string> => {
  const { Variables } = functionOf(template, name).Properties["Environment"] as { Variables: unknown };
  return resolve(Variables) as Record<string, string>;
};

const tableIn = (template: Template): string => {
  const [found] =
    Object.entries(template.Resources).find(([, { Type }]) => Type === "AWS::DynamoDB::GlobalTable") ?? [];
  if (found === undefined) throw new Error("there is no table");
  return found;
};

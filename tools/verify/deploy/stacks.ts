import { envOf, FUNCTIONS, type FunctionName, type FunctionSpec, JOBS } from "../../../shared/contract/functions.ts";
import { TABLE } from "../../../shared/contract/keys.ts";
import { methodsOf } from "../../../shared/contract/match-route.ts";
import { apiGatewayPath, ROUTES } from "../../../shared/contract/routes.ts";
import { aws } from "./command.ts";

export type Stacks = { data: string; service: string };

/** One check: what was found, and its faults. */
export type Finding = { what: string; found: string; faults: string[] };

export type Resource = { LogicalResourceId: string; PhysicalResourceId: string; ResourceType: string };

/** Compares the deployed resources with the contract. */
export const checkStacks = async (stacks: Stacks): Promise<Finding[]> => {
  const [data, service] = await Promise.all([resourcesOf(stacks.data), resourcesOf(stacks.service)]);
  return [
    await checkTable(idOf(data, "AWS::DynamoDB::GlobalTable")),
    await checkSecrets(data),
    await checkFunctions(service),
    await checkRoutes(idOf(service, "AWS::ApiGatewayV2::Api")),
    await checkSchedules(service),
  ];
};

/** The resources of a deployed stack. */
export const resourcesOf = async (stack: string): Promise<Resource[]> =>
  (await aws<{ StackResourceSummaries: Resource[] }>("cloudformation", "list-stack-resources", "--stack-name", stack))
    .StackResourceSummaries;

/** The resources of a type. */
export const ofType = (resources: readonly Resource[], type: string): Resource[] =>
  resources.filter(({ ResourceType }) => ResourceType === type);

/** The physical id of the first resource of a type; empty if there is none. */
export const idOf = (resources: readonly Resource[], type: string): string =>
  ofType(resources, type)[0]?.PhysicalResourceId ?? "";

type TableDescription = {
  BillingModeSummary?: { BillingMode: string };
  KeySchema: { AttributeName: string }[];
  GlobalSecondaryIndexes?: { IndexName: string; KeySchema: { AttributeName: string }[]; Projection: object }[];
};

const checkTable = async (name: string): Promise<Finding> => {
  const { Table: table } = await aws<{ Table: TableDescription }>("dynamodb", "describe-table", "--table-name", name);
  const keys = table.KeySchema.map(({ AttributeName }) => AttributeName);
  const index = table.GlobalSecondaryIndexes?.[0];
  const indexKeys = index?.KeySchema.map(({ AttributeName }) => AttributeName) ?? [];
  return {
    what: "table",
    found: `${name}: keys ${keys.join(", ")}; index ${index?.IndexName} on ${indexKeys.join(", ")}; ${table.BillingModeSummary?.BillingMode}`,
    faults: [
      ...fault(keys.join() !== [TABLE.partitionKey, TABLE.sortKey].join(), "its keys are not the contract's"),
      ...fault(index?.IndexName !== TABLE.index.name, "its index is not the contract's"),
      ...fault(
        indexKeys.join() !== [TABLE.index.partitionKey, TABLE.index.sortKey].join(),
        "its index's keys are not the contract's",
      ),
      ...fault(table.BillingModeSummary?.BillingMode !== "PAY_PER_REQUEST", "it is not on demand"),
    ],
  };
};

const checkSecrets = async (resources: readonly Resource[]): Promise<Finding> => {
  const secrets = ofType(resources, "AWS::SecretsManager::Secret");
  const faults: string[] = [];
  for (const { PhysicalResourceId: id } of secrets) {
    const secret = await aws<{ ARN?: string }>("secretsmanager", "describe-secret", "--secret-id", id);
    if (secret.ARN === undefined) faults.push(`${id} is missing`);
  }
  return {
    what: "secrets",
    found: `${secrets.length}`,
    faults: [...faults, ...fault(secrets.length < 4, "fewer than four")],
  };
};

type Configuration = {
  FunctionName: string;
  Runtime: string;
  Role: string;
  Description: string;
  Environment?: { Variables: Record<string, string> };
};

const checkFunctions = async (resources: readonly Resource[]): Promise<Finding> => {
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  const faults: string[] = [];
  const roles = new Set<string>();
  for (const name of names) {
    const spec: FunctionSpec = FUNCTIONS[name];
    const id = functionId(resources, name);
    const { Configuration: found } = await aws<{ Configuration: Configuration }>(
      "lambda",
      "get-function",
      "--function-name",
      id,
    );
    roles.add(found.Role);
    // Node itself reads the last one.
    const known: readonly string[] = [...envOf(name), "NODE_OPTIONS"];
    const strange = Object.keys(found.Environment?.Variables ?? {}).filter((variable) => !known.includes(variable));
    if (strange.length > 0) faults.push(`${name} has variables that it does not read: ${strange.join(", ")}`);
    if (spec.table !== undefined && !("TABLE_NAME" in (found.Environment?.Variables ?? {})))
      faults.push(`${name} does not have the table's name`);
    if (found.Runtime !== "nodejs24.x") faults.push(`${name} runs on ${found.Runtime}`);
  }
  if (roles.size !== names.length) faults.push(`${names.length} functions share ${roles.size} roles`);
  return { what: "functions", found: `${names.length}, each with a role of its own`, faults };
};

/** The physical name of a function. A logical id is the construct's path, which begins with the function's name. */
export const functionId = (resources: readonly Resource[], name: FunctionName): string => {
  const prefix = `${name.charAt(0).toUpperCase()}${name.slice(1)}Function`;
  const found = ofType(resources, "AWS::Lambda::Function").find(({ LogicalResourceId }) =>
    LogicalResourceId.startsWith(prefix),
  );
  if (found === undefined) throw new Error(`there is no function ${name}`);
  return found.PhysicalResourceId;
};

const checkRoutes = async (apiId: string): Promise<Finding> => {
  const { Items: items } = await aws<{ Items: { RouteKey: string }[] }>(
    "apigatewayv2",
    "get-routes",
    "--api-id",
    apiId,
  );
  const found = new Set(items.map(({ RouteKey }) => RouteKey));
  const wanted = new Set([
    "$default",
    ...ROUTES.flatMap((route) => methodsOf(route).map((method) => `${method} ${apiGatewayPath(route)}`)),
  ]);
  return {
    what: "routes",
    found: `${found.size}`,
    faults: [
      ...[...wanted].filter((key) => !found.has(key)).map((key) => `${key} is missing`),
      ...[...found].filter((key) => !wanted.has(key)).map((key) => `${key} is not in the contract`),
    ],
  };
};

type Schedule = { State: string; ScheduleExpression: string; Target: { Arn: string } };

const checkSchedules = async (resources: readonly Resource[]): Promise<Finding> => {
  const schedules = ofType(resources, "AWS::Scheduler::Schedule");
  const faults: string[] = [];
  const targets: string[] = [];
  for (const { PhysicalResourceId: id } of schedules) {
    const name = id.split("/").at(-1) ?? id;
    const schedule = await aws<Schedule>("scheduler", "get-schedule", "--name", name);
    targets.push(`${schedule.ScheduleExpression} -> ${schedule.Target.Arn.split(":").at(-1)}`);
    if (schedule.State !== "ENABLED") faults.push(`${name} is ${schedule.State}`);
  }
  for (const job of JOBS)
    if (!targets.some((target) => target.includes(functionId(resources, job)))) faults.push(`nothing runs ${job}`);
  return { what: "schedules", found: targets.join("; "), faults };
};

const fault = (is: boolean, text: string): string[] => (is ? [text] : []);

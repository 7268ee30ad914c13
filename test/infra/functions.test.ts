import { describe, expect, it } from "vitest";
import { parseConfig } from "../../infra/config.ts";
import { functionSettings } from "../../infra/function-settings.ts";
import type { EnvName } from "../../shared/contract/env.ts";
import {
  envOf,
  FUNCTIONS,
  type FunctionName,
  type FunctionSpec,
  partitionsFor,
  timeoutSecondsOf,
} from "../../shared/contract/functions.ts";
import { LISTS, PARTITIONS, TABLE } from "../../shared/contract/keys.ts";
import { mintAuthority } from "../../tools/mint/authority.ts";
import { functionOf, onlyResource, resourcesOf, synthesize, type Template } from "./synth.ts";

const NAMES = Object.keys(FUNCTIONS) as FunctionName[];
const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret";
const NO_TABLE = { reads: [], writes: [] };
const KMS_KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555";

const { pem: TRUST_ANCHOR } = await mintAuthority({ notBefore: 0, notAfter: 1_000 });

const plain = synthesize();
const full = synthesize({
  region: "eu-central-1",
  license: {
    key: { secretArn: `${ARN}:key-AbC123` },
    file: { secretArn: `${ARN}:pem-AbC123`, versionStage: "BLUE", kmsKeyArn: KMS_KEY },
    trustAnchor: TRUST_ANCHOR,
  },
  customDomain: {
    name: "licenses.example.com",
    certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/c",
  },
  alarms: { metrics: "all" },
  retention: { operatorErrorsDays: 3, sessionsDays: 40, logsDays: 90 },
  seats: {
    allowOverages: false,
    anchorDay: 29,
    idleDays: 30,
    reservations: [{ name: "web", seats: 1, users: ["w-*"] }],
  },
  privacy: { displayNameStrip: "@example\\.com$" },
  jira: { webhookSecretArn: `${ARN}:jira-AbC123` },
  lease: { seconds: 3_600, heartbeatIntervalSeconds: 30, lostAfterSeconds: 7_200 },
  network: { allowedCidrs: ["10.0.0.0/8"] },
  publicUrl: "https://licenses.example.com",
  concurrency: { public: 5, fallback: 2 },
  logLevel: "debug",
});

const environmentOf = (template: Template, name: FunctionName): Record<string, unknown> =>
  (functionOf(template, name).Properties["Environment"] as { Variables: Record<string, unknown> }).Variables;

describe("each function", () => {
  it("is made once for each entry of the contract, and no other", () => {
    expect(resourcesOf(plain.service, "AWS::Lambda::Function")).toHaveLength(NAMES.length);
  });

  it.each(NAMES)("%s runs on arm64 and Node 24, with its memory and its time limit", (name) => {
    expect(functionOf(plain.service, name).Properties).toMatchObject({
      Architectures: ["arm64"],
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      MemorySize: FUNCTIONS[name].memoryMb,
      Timeout: timeoutSecondsOf(name),
    });
  });

  it("may use the whole concurrency of the account, unless it is limited", () => {
    const reservedIn = (template: Template) =>
      NAMES.flatMap((name) => {
        const reserved = functionOf(template, name).Properties["ReservedConcurrentExecutions"];
        return reserved === undefined ? [] : [[name, reserved]];
      });
    expect(reservedIn(plain.service)).toEqual([]);
    expect(reservedIn(full.service)).toEqual([
      ["public", 5],
      ["fallback", 2],
    ]);
  });

  it.each(NAMES)("%s logs JSON to a log group of its own, kept as long as configured", (name) => {
    const { LoggingConfig } = functionOf(full.service, name).Properties;
    const { LogGroup, ...logging } = LoggingConfig as { LogGroup: { Ref: string } };
    expect(logging).toEqual({ LogFormat: "JSON", ApplicationLogLevel: "DEBUG", SystemLogLevel: "WARN" });
    expect(full.service.Resources[LogGroup.Ref]?.Properties["RetentionInDays"]).toBe(90);
  });

  it("shares its log group with no other, and no log group is kept for ever", () => {
    const groups = resourcesOf(plain.service, "AWS::Logs::LogGroup");
    expect(groups).toHaveLength(NAMES.length + 1);
    for (const [, group] of groups) expect(group.Properties["RetentionInDays"]).toBe(30);
  });
});

describe("the environment", () => {
  const local: EnvName[] = [
    "DYNAMODB_ENDPOINT",
    "LICENSE_PATH",
    "LICENSE_KEY",
    "LICENSE_KEY_PREVIOUS",
    "LEASE_SIGNING_PATH",
    "ACCESS_SIGNING_PATH",
    "REPORT_DIR",
    "REPORT_DIR_URL",
  ];
  const unsetByDefault: EnvName[] = [
    "ALLOWED_CIDRS",
    "PUBLIC_URL",
    "LICENSE_SECRET_VERSION_ID",
    "LICENSE_SECRET_VERSION_STAGE",
    "LICENSE_TRUST_ANCHOR",
    "SEATS_ALLOW_OVERAGES",
    "SEATS_ANCHOR_DAY",
    "SEATS_IDLE_DAYS",
    "SEATS_RESERVATIONS",
    "DISPLAY_NAME_STRIP",
    "JIRA_WEBHOOK_SECRET_ARN",
    "METRICS_HOURLY",
  ];
  const contract = (name: FunctionName, without: EnvName[]) =>
    envOf(name)
      .filter((variable) => !local.includes(variable) && !without.includes(variable))
      .sort();
  const environmentBesideNode = (template: Template, name: FunctionName): string[] =>
    Object.keys(environmentOf(template, name))
      .filter((variable) => variable !== "NODE_OPTIONS")
      .sort();

  it.each(NAMES)("of %s is that of the contract, without what is local or not configured", (name) => {
    expect(environmentBesideNode(plain.service, name)).toEqual(contract(name, unsetByDefault));
  });

  it.each(NAMES)("of %s holds the optional settings, too, once they are configured", (name) => {
    // A version id and a stage exclude each other.
    expect(environmentBesideNode(full.service, name)).toEqual(contract(name, ["LICENSE_SECRET_VERSION_ID"]));
  });

  it("keeps Node's warning of the spreadsheet library out of the logs of those that write one, and changes no other's Node", () => {
    const options = NAMES.map((name) => [name, environmentOf(plain.service, name)["NODE_OPTIONS"]] as const);
    expect(Object.fromEntries(options.filter(([, option]) => option !== undefined))).toEqual({
      reports: "--disable-warning=DEP0005",
      reportJob: "--disable-warning=DEP0005",
    });
  });

  it("carries the configured values as text", () => {
    expect(environmentOf(full.service, "heartbeat")).toMatchObject({
      LOG_LEVEL: "debug",
      LICENSE_SECRET_ARN: `${ARN}:pem-AbC123`,
      LICENSE_SECRET_VERSION_STAGE: "BLUE",
      LICENSE_TRUST_ANCHOR: TRUST_ANCHOR,
      LICENSE_KEY_SECRET_ARN: `${ARN}:key-AbC123`,
      LEASE_SECONDS: "3600",
      HEARTBEAT_INTERVAL_SECONDS: "30",
      SEATS_ALLOW_OVERAGES: "false",
      SEATS_ANCHOR_DAY: "29",
      RETENTION_SESSIONS_DAYS: "40",
      RETENTION_OPERATOR_ERRORS_DAYS: "3",
    });
  });

  it("has one function Sessions that tells how long sessions are kept: the CLI and the runbook ask it", () => {
    const asked = resourcesOf(full.service, "AWS::Lambda::Function").filter(([id]) => id.startsWith("Sessions"));
    expect(asked).toHaveLength(1);
    expect(environmentOf(full.service, "sessions")).toMatchObject({ RETENTION_SESSIONS_DAYS: "40" });
  });

  it("names the same token issuer with a custom domain and without, so that adding one voids no token", () => {
    const issuers = [plain, full].map(({ service }) => environmentOf(service, "license")["TOKEN_ISSUER"]);
    expect(issuers).toEqual(Array(2).fill("urn:mirrord-license-server:LicenseServer"));
  });

  it("pins a version of the license where one is configured", () => {
    const versionId = "11111111-2222-3333-4444-555555555555";
    const pinned = synthesize({ license: { file: { secretArn: `${ARN}:pem-AbC123`, versionId } } });
    expect(environmentOf(pinned.service, "license")).toMatchObject({ LICENSE_SECRET_VERSION_ID: versionId });
  });

  it("cannot lack what a function reads: a setting nobody provides fails the synth", () => {
    const parsed = parseConfig({});
    if (!parsed.ok) throw new Error("the defaults are valid");
    for (const name of NAMES) expect(() => functionSettings(name, parsed.config)).not.toThrow();
  });
});

describe("what a function may do", () => {
  type Statement = { Effect: string; Action: string | string[]; Resource: unknown; Condition?: unknown };

  const statementsOf = (template: Template, name: FunctionName): Statement[] => {
    const { "Fn::GetAtt": role } = functionOf(template, name).Properties["Role"] as { "Fn::GetAtt": [string, string] };
    expect(template.Resources[role[0]]?.Properties).not.toHaveProperty("ManagedPolicyArns");
    expect(template.Resources[role[0]]?.Properties).not.toHaveProperty("Policies");
    return resourcesOf(template, "AWS::IAM::Policy")
      .filter(([, { Properties }]) => JSON.stringify(Properties["Roles"]) === JSON.stringify([{ Ref: role[0] }]))
      .flatMap(([, { Properties }]) => (Properties["PolicyDocument"] as { Statement: Statement[] }).Statement);
  };

  /** Each allowed action with each resource it is allowed on, one line of text per pair. */
  const pairsOf = (statements: readonly Statement[]): string[] =>
    statements
      .flatMap(({ Action, Resource }) =>
        [Action].flat().flatMap((action) => [Resource].flat().map((on) => `${action} ${JSON.stringify(on)}`)),
      )
      .sort();

  /** The webhook, and what Lambda reads a queue with (Lambda developer guide, "Setting up Lambda execution role permissions"). */
  const jiraPairs = (service: Template): [string, unknown][] => {
    const { EventSourceArn } = onlyResource(service, "AWS::Lambda::EventSourceMapping").Properties;
    const reading = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
    return [
      ["secretsmanager:GetSecretValue", `${ARN}:jira-AbC123`],
      ...reading.map((action): [string, unknown] => [`sqs:${action}`, EventSourceArn]),
    ];
  };

  const expectedPairs = ({ data, service }: typeof plain, name: FunctionName, keys: readonly string[]): string[] => {
    const spec: FunctionSpec = FUNCTIONS[name];
    const { LoggingConfig } = functionOf(service, name).Properties;
    const logs = { "Fn::GetAtt": [(LoggingConfig as { LogGroup: { Ref: string } }).LogGroup.Ref, "Arn"] };
    const table = { "Fn::GetAtt": [onlyResource(data, "AWS::DynamoDB::GlobalTable").id, "Arn"] };
    const index = { "Fn::Join": ["", [table, `/index/${TABLE.index.name}`]] };
    const bucket = { "Fn::GetAtt": [onlyResource(data, "AWS::S3::Bucket").id, "Arn"] };
    const objects = (prefix = "") => ({ "Fn::Join": ["", [bucket, `/${prefix}*`]] });
    const topic = { Ref: onlyResource(data, "AWS::SNS::Topic").id };
    const secrets = {
      license: data.Outputs["LicenseSecretArn"]?.Value,
      licenseKey: data.Outputs["LicenseKeySecretArn"]?.Value,
      leaseSigning: {
        Ref: resourcesOf(data, "AWS::SecretsManager::Secret").find(([id]) => /^LeaseSigning/.test(id))?.[0],
      },
      accessSigning: {
        Ref: resourcesOf(data, "AWS::SecretsManager::Secret").find(([id]) => /^AccessSigning/.test(id))?.[0],
      },
    };
    const queue = functionOf(service, name).Properties["DeadLetterConfig"] as { TargetArn: unknown } | undefined;
    const pairs: [string, unknown][] = [
      ["logs:CreateLogStream", logs],
      ["logs:PutLogEvents", logs],
      ...(spec.table?.actions ?? []).map((action): [string, unknown] => [`dynamodb:${action}`, table]),
      ...((spec.table?.lists.length ?? 0) > 0 ? [["dynamodb:Query", index] satisfies [string, unknown]] : []),
      ...spec.secrets.map((secret): [string, unknown] => ["secretsmanager:GetSecretValue", secrets[secret]]),
      ...(service === full.service && name === "jira" ? jiraPairs(service) : []),
      ...keys.map((key): [string, unknown] => ["kms:Decrypt", key]),
      ...(spec.bucket?.actions ?? []).map((action): [string, unknown] => [
        `s3:${action}`,
        objects(spec.bucket?.prefix),
      ]),
      ...(spec.topic === undefined ? [] : [["sns:Publish", topic] satisfies [string, unknown]]),
      ...(queue === undefined ? [] : [["sqs:SendMessage", queue.TargetArn] satisfies [string, unknown]]),
    ];
    return pairs.map(([action, on]) => `${action} ${JSON.stringify(on)}`).sort();
  };

  it.each(NAMES)("%s: exactly what the contract says, and no wildcard but for the objects below a prefix", (name) => {
    const statements = statementsOf(plain.service, name);
    for (const { Effect, Action, Condition } of statements) {
      expect(Effect).toBe("Allow");
      if ([Action].flat().some((action) => action.startsWith("dynamodb:"))) continue;
      expect(Condition, String(Action)).toBeUndefined();
    }
    expect(pairsOf(statements)).toEqual(expectedPairs(plain, name, []));
    const others = statements.filter(({ Action }) => ![Action].flat().every((action) => action.startsWith("s3:")));
    expect(JSON.stringify(others.map(({ Action, Resource }) => [Action, Resource]))).not.toContain("*");
  });

  it.each(NAMES)("%s: its table actions in its partitions alone, and none without naming one", (name) => {
    const spec: FunctionSpec = FUNCTIONS[name];
    const onTable = statementsOf(plain.service, name).filter(({ Action }) =>
      [Action].flat().some((action) => action.startsWith("dynamodb:")),
    );
    const { lists = [], actions = [] } = spec.table ?? {};
    const expected = [
      ...actions.map((action) => partitionsFor(spec.table ?? NO_TABLE, action).map((one) => PARTITIONS[one])),
      ...(lists.length === 0 ? [] : [lists.map((one) => LISTS[one])]),
    ];
    const KEYS = "dynamodb:LeadingKeys";
    // The CDK merges statements that differ in their actions only.
    expect(new Set(onTable.map(({ Condition }) => JSON.stringify(Condition)))).toEqual(
      new Set(
        expected.map((keys) =>
          JSON.stringify({ "ForAllValues:StringLike": { [KEYS]: keys }, Null: { [KEYS]: "false" } }),
        ),
      ),
    );
    expect(JSON.stringify(onTable)).not.toContain("Scan");
  });

  it.each(NAMES)("%s: deletes no session, no operator and nothing of the audit, alone or in a batch", (name) => {
    const deletes = statementsOf(plain.service, name).filter(({ Action }) =>
      [Action].flat().some((action) => /:(DeleteItem|BatchWriteItem)$/.test(action)),
    );
    const { actions = [] } = (FUNCTIONS[name] as FunctionSpec).table ?? {};
    expect(deletes.length > 0).toBe(actions.some((action) => action === "DeleteItem" || action === "BatchWriteItem"));
    for (const { Condition } of deletes)
      for (const partition of ["SESSION#*", "OPERATORS", "AUDIT#*"])
        expect(JSON.stringify(Condition)).not.toContain(`"${partition}"`);
  });

  // The limit of IAM for all inline policies of a role together (IAM quotas).
  it("fits into the policy of a role", () => {
    const sizes = NAMES.map((name) => JSON.stringify(statementsOf(full.service, name)).length);
    expect(Math.max(...sizes)).toBeLessThan(10_240);
    expect(Math.max(...sizes)).toBeGreaterThan(1_000);
  });

  it.each(NAMES)("%s: uses a customer's KMS key only to read the secret it encrypts", (name) => {
    const spec: FunctionSpec = FUNCTIONS[name];
    const keys = spec.secrets.includes("license") ? [KMS_KEY] : [];
    const statements = statementsOf(full.service, name);
    expect(pairsOf(statements)).toEqual(expectedPairs(full, name, keys));
    expect(statements.filter(({ Action }) => Action === "kms:Decrypt").map(({ Condition }) => Condition)).toEqual(
      keys.map(() => ({ StringEquals: { "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com" } })),
    );
  });

  it("includes network interfaces for the function that reports to Jira alone, if subnets are configured", () => {
    const network = { subnetIds: ["subnet-0123456789abcdef0"], securityGroupIds: ["sg-0123456789abcdef0"] };
    const { service } = synthesize({ jira: { webhookSecretArn: `${ARN}:jira-AbC123` }, network });
    expect(NAMES.filter((name) => "VpcConfig" in functionOf(service, name).Properties)).toEqual(["jira"]);
    expect(functionOf(service, "jira").Properties["VpcConfig"]).toEqual({
      SubnetIds: network.subnetIds,
      SecurityGroupIds: network.securityGroupIds,
    });
    const actionsOf = (name: FunctionName) => JSON.stringify(statementsOf(service, name));
    expect(NAMES.filter((name) => actionsOf(name).includes("ec2:"))).toEqual(["jira"]);
    expect(actionsOf("jira")).toContain("ec2:CreateNetworkInterface");
  });
});

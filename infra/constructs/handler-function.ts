import { join } from "node:path";
import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  ApplicationLogLevel,
  Architecture,
  type CfnFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { type BundlingOptions, LogLevel, NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { BUNDLING, LATE_CHUNKS } from "../../shared/contract/bundling.ts";
import type { EnvName } from "../../shared/contract/env.ts";
import { FUNCTION_DESCRIPTIONS } from "../../shared/contract/function-descriptions.ts";
import { FUNCTIONS, type FunctionName, type FunctionSpec, timeoutSecondsOf } from "../../shared/contract/functions.ts";
import { acknowledgeWildcard } from "../acknowledge-wildcard.ts";
import type { DeployConfig } from "../config.ts";

export type HandlerFunctionProps = {
  name: FunctionName;
  logLevel: DeployConfig["logLevel"];
  logsDays: RetentionDays;
  tracing: DeployConfig["tracing"];
  /** How many of its calls may run at once; undefined for as many as the account allows. */
  concurrency: number | undefined;
  /** Keeps the lost events of jobs. */
  deadLetters: Queue;
  /** Where it runs, if it must reach a private network; undefined for outside of any. */
  network: { subnetIds: string[]; securityGroupIds: string[] } | undefined;
};

/** One function of the contract. It may write its own logs; everything else must be granted. */
export class HandlerFunction extends Construct {
  readonly lambda: NodejsFunction;
  /** Keeps the lost events of a job; undefined for a function that is not a job. */
  readonly deadLetters: Queue | undefined;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const spec: FunctionSpec = FUNCTIONS[props.name];
    this.deadLetters = spec.schedule === undefined ? undefined : props.deadLetters;
    const logGroup = new LogGroup(this, "Logs", { retention: props.logsDays, removalPolicy: RemovalPolicy.DESTROY });
    // The default role of a function may write to every log group of the account.
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(role);
    this.lambda = new NodejsFunction(this, "Function", {
      description: FUNCTION_DESCRIPTIONS[props.name],
      entry: join(PROJECT_ROOT, "functions", props.name, "handler.ts"),
      projectRoot: PROJECT_ROOT,
      depsLockFilePath: join(PROJECT_ROOT, "package-lock.json"),
      bundling: {
        ...bundling,
        commandHooks: {
          ...NO_COMMANDS,
          beforeBundling: () => BEFORE_BUNDLING[props.name] ?? [],
          afterBundling: (_, outputDir) =>
            LATE_CHUNKS.some(({ functions }) => functions.includes(props.name))
              ? [lateChunkCommand(outputDir, props.name)]
              : [],
        },
      },
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: spec.memoryMb,
      timeout: Duration.seconds(timeoutSecondsOf(props.name)),
      ...(props.concurrency === undefined ? {} : { reservedConcurrentExecutions: props.concurrency }),
      environment: WRITES_SPREADSHEETS.has(props.name) ? { NODE_OPTIONS } : {},
      ...(props.tracing === "off" ? {} : { tracing: Tracing.ACTIVE }),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // A call that succeeds needs no lines of Lambda's own: the function writes one. Those of calls that fail remain.
      systemLogLevelV2: SystemLogLevel.WARN,
      // Lambda filters by level, too. The functions filter themselves and let the lines with metrics pass, which have level "info".
      applicationLogLevelV2: props.logLevel === "debug" ? ApplicationLogLevel.DEBUG : ApplicationLogLevel.INFO,
      ...(this.deadLetters === undefined ? {} : { deadLetterQueue: this.deadLetters }),
    });
    if (props.tracing === "off") acknowledgeNoTracing(this.lambda);
    else acknowledgeWildcard(this, "*", "X-Ray has no resources: its actions name none.");
    if (this.deadLetters === undefined) acknowledgeNoDeadLetters(this.lambda);
    if (props.network !== undefined) this.#moveInto(props.network);
  }

  // The CDK would need the VPC itself, and look it up in the account.
  #moveInto(network: NonNullable<HandlerFunctionProps["network"]>): void {
    (this.lambda.node.defaultChild as CfnFunction).vpcConfig = network;
    this.allow(new PolicyStatement({ actions: [...INTERFACE_ACTIONS], resources: ["*"] }));
    acknowledgeWildcard(this, "*", "Network interfaces have no name before Lambda creates them.");
  }

  /** Sets an environment variable of the contract. */
  configure(name: EnvName, value: string): void {
    this.lambda.addEnvironment(name, value);
  }

  /** Adds a statement to the function's own policy. */
  allow(statement: PolicyStatement): void {
    this.lambda.addToRolePolicy(statement);
  }
}

/** What Lambda needs to connect a function to subnets (Lambda developer guide, "Giving Lambda functions access to a VPC"). */
const INTERFACE_ACTIONS = [
  "ec2:AssignPrivateIpAddresses",
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:UnassignPrivateIpAddresses",
] as const;

const PROJECT_ROOT = join(import.meta.dirname, "..", "..");

// No source map: it would be several times the size of the code. The AWS SDK is bundled: the bundle leaves out its unused
// parts, and the deployed version is the tested one.
const bundling: BundlingOptions = {
  target: BUNDLING.target,
  format: OutputFormat.CJS,
  mainFields: [...BUNDLING.mainFields],
  minify: BUNDLING.minify,
  bundleAwsSDK: true,
  externalModules: [...BUNDLING.external],
  esbuildArgs: Object.fromEntries(
    Object.entries(BUNDLING.supported).map(([feature, supported]) => [`--supported:${feature}`, String(supported)]),
  ),
  logLevel: LogLevel.WARNING,
};

// A dependency of the spreadsheet library calls `new Buffer()`. In a bundle, Node logs a warning about it in every process. The
// next version of that package does not call it, but exceljs does not work with that version.
const WRITES_SPREADSHEETS: ReadonlySet<FunctionName> = new Set(["reports", "reportJob"]);
const NODE_OPTIONS = "--disable-warning=DEP0005";

const NO_COMMANDS = { beforeBundling: () => [], beforeInstall: () => [], afterBundling: () => [] };

// What these serve is built and compressed into files that are bundled with them. The Node of the synth does it: another one may
// not support TypeScript.
const DOCUMENTS = [`"${process.execPath}" "${join(PROJECT_ROOT, "tools", "documents", "main.ts")}"`];
const BEFORE_BUNDLING: Partial<Record<FunctionName, string[]>> = { dashboard: DOCUMENTS, public: DOCUMENTS };

// As for the documents, the Node of the synth runs it.
const lateChunkCommand = (outputDir: string, name: FunctionName): string =>
  `"${process.execPath}" "${join(PROJECT_ROOT, "tools", "late-chunk", "main.ts")}" "${outputDir}" "${name}"`;

const acknowledgeNoTracing = (lambda: NodejsFunction): void =>
  Validations.of(lambda).acknowledge({
    id: "Serverless-LambdaTracing",
    reason: "Tracing needs actions on all resources; the request ids in the JSON logs identify a call instead.",
  });

const acknowledgeNoDeadLetters = (lambda: NodejsFunction): void =>
  Validations.of(lambda).acknowledge({
    id: "Serverless-LambdaDLQ",
    reason: "It is invoked synchronously only: there are no asynchronous events that could be lost.",
  });

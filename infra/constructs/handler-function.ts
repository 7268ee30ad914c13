import { join } from "node:path";
import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { type PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { ApplicationLogLevel, Architecture, LoggingFormat, Runtime } from "aws-cdk-lib/aws-lambda";
import { type BundlingOptions, LogLevel, NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { BUNDLING } from "../../shared/contract/bundling.ts";
import type { EnvName } from "../../shared/contract/env.ts";
import { FUNCTIONS, type FunctionName, type FunctionSpec, timeoutSecondsOf } from "../../shared/contract/functions.ts";
import type { DeployConfig } from "../config.ts";
import { DeadLetterQueue } from "./dead-letter-queue.ts";

export type HandlerFunctionProps = { name: FunctionName; logLevel: DeployConfig["logLevel"]; logsDays: RetentionDays };

/** One function of the contract. It may write its own logs; whatever else it may do is granted to it. */
export class HandlerFunction extends Construct {
  readonly lambda: NodejsFunction;
  /** Where the lost events of a job end; the others get none. */
  readonly deadLetters: Queue | undefined;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const spec: FunctionSpec = FUNCTIONS[props.name];
    this.deadLetters = spec.schedule === undefined ? undefined : new DeadLetterQueue(this, "DeadLetters").queue;
    const logGroup = new LogGroup(this, "Logs", { retention: props.logsDays, removalPolicy: RemovalPolicy.DESTROY });
    // The role that a function gets by default may write to every log group of the account.
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(role);
    this.lambda = new NodejsFunction(this, "Function", {
      description: spec.description,
      entry: join(PROJECT_ROOT, "functions", props.name, "handler.ts"),
      projectRoot: PROJECT_ROOT,
      depsLockFilePath: join(PROJECT_ROOT, "package-lock.json"),
      bundling: {
        ...bundling,
        commandHooks: { ...NO_COMMANDS, beforeBundling: () => BEFORE_BUNDLING[props.name] ?? [] },
      },
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: spec.memoryMb,
      timeout: Duration.seconds(timeoutSecondsOf(props.name)),
      environment: WRITES_SPREADSHEETS.has(props.name) ? { NODE_OPTIONS } : {},
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Lambda filters by level, too. The functions do so themselves, and let the lines of the metrics pass, at "info".
      applicationLogLevelV2: props.logLevel === "debug" ? ApplicationLogLevel.DEBUG : ApplicationLogLevel.INFO,
      ...(this.deadLetters === undefined ? {} : { deadLetterQueue: this.deadLetters }),
    });
    acknowledgeNoTracing(this.lambda);
    if (this.deadLetters === undefined) acknowledgeNoDeadLetters(this.lambda);
  }

  /** Sets an environment variable, one of those the contract knows. */
  configure(name: EnvName, value: string): void {
    this.lambda.addEnvironment(name, value);
  }

  /** Adds a statement to the function's own policy. */
  allow(statement: PolicyStatement): void {
    this.lambda.addToRolePolicy(statement);
  }
}

const PROJECT_ROOT = join(import.meta.dirname, "..", "..");

// No source map: it would be several times the size of the code. The AWS SDK is bundled, since what is not used of it
// then falls away, and what runs is what was tested.
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

// A package below the spreadsheet library calls `new Buffer()`, of which Node writes a line to the log of every process where
// that is bundled. Its next version does not, and exceljs cannot work with that one.
const WRITES_SPREADSHEETS: ReadonlySet<FunctionName> = new Set(["reports", "reportJob"]);
const NODE_OPTIONS = "--disable-warning=DEP0005";

const NO_COMMANDS = { beforeBundling: () => [], beforeInstall: () => [], afterBundling: () => [] };

// The web page is built into a file that its function then takes in. By the Node that runs the synth, for another one may
// not know TypeScript.
const BEFORE_BUNDLING: Partial<Record<FunctionName, string[]>> = {
  dashboard: [`"${process.execPath}" "${join(PROJECT_ROOT, "dashboard", "build.ts")}"`],
};

const acknowledgeNoTracing = (lambda: NodejsFunction): void =>
  Validations.of(lambda).acknowledge({
    id: "Serverless-LambdaTracing",
    reason: "Tracing needs actions on all resources; the request ids in the JSON logs follow a call instead.",
  });

const acknowledgeNoDeadLetters = (lambda: NodejsFunction): void =>
  Validations.of(lambda).acknowledge({
    id: "Serverless-LambdaDLQ",
    reason: "It is invoked synchronously, never by itself: there are no asynchronous events that could be lost.",
  });

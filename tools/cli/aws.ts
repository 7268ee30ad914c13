import { awsAdvice } from "./aws-advice.ts";
import { CliError, EXIT, type Exit } from "./exit.ts";
import { safe } from "./text.ts";

/** A deployment, as its stacks tell of it. Each SDK client is loaded when it is first needed: most commands need none. */
export type Deployment = {
  readonly name: string;
  /** An output of the data or the service stack. */
  output(stack: "Data" | "Service", name: string): Promise<string>;
  /** The environment variables of a function of the service stack, named as in the contract but with a capital. */
  environmentOf(name: string): Promise<Readonly<Record<string, string>>>;
  /** Invokes a function and gives what it answers. */
  invoke(functionName: string, request: unknown): Promise<unknown>;
  putSecret(secretArn: string, text: string): Promise<{ versionId: string | undefined }>;
};

/** The deployment with a prefix, in a region or the environment's own. Its calls throw a CliError. */
export const deploymentOf = (stackPrefix: string, region: string | undefined): Deployment => {
  const config = region === undefined ? {} : { region };
  const outputs = new Map<string, Promise<ReadonlyMap<string, string>>>();

  const outputsOf = async (stackName: string): Promise<ReadonlyMap<string, string>> => {
    const { CloudFormationClient, DescribeStacksCommand } = await import("@aws-sdk/client-cloudformation");
    const client = new CloudFormationClient(config);
    const { Stacks = [] } = await told(() => client.send(new DescribeStacksCommand({ StackName: stackName })));
    return new Map((Stacks[0]?.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));
  };

  // A logical id is the name and what the CDK puts after it.
  const functionOf = async (stackName: string, name: string): Promise<string> => {
    const { CloudFormationClient, paginateListStackResources } = await import("@aws-sdk/client-cloudformation");
    const client = new CloudFormationClient(config);
    return told(async () => {
      for await (const { StackResourceSummaries = [] } of paginateListStackResources(
        { client },
        { StackName: stackName },
      ))
        for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of StackResourceSummaries)
          if (ResourceType === "AWS::Lambda::Function" && LogicalResourceId?.startsWith(name) && PhysicalResourceId)
            return PhysicalResourceId;
      throw new CliError(EXIT.notFound, `the stack ${stackName} has no function ${name}`);
    });
  };

  return {
    name: stackPrefix,
    output: async (stack, name) => {
      const stackName = `${stackPrefix}-${stack}`;
      const known = outputs.get(stackName) ?? outputsOf(stackName);
      outputs.set(stackName, known);
      const value = (await known).get(name);
      if (value === undefined) throw new CliError(EXIT.notFound, `the stack ${stackName} has no output ${name}`);
      return value;
    },
    environmentOf: async (name) => {
      const FunctionName = await functionOf(`${stackPrefix}-Service`, name);
      const { GetFunctionConfigurationCommand, LambdaClient } = await import("@aws-sdk/client-lambda");
      const client = new LambdaClient(config);
      const { Environment } = await told(() => client.send(new GetFunctionConfigurationCommand({ FunctionName })));
      return Environment?.Variables ?? {};
    },
    invoke: async (functionName, request) => {
      const { InvokeCommand, LambdaClient } = await import("@aws-sdk/client-lambda");
      const client = new LambdaClient(config);
      const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) });
      const { FunctionError, Payload } = await told(() => client.send(command));
      if (FunctionError !== undefined)
        throw new CliError(EXIT.failed, `the function ${functionName} failed: its log tells why`);
      return JSON.parse(Payload?.transformToString() ?? "null");
    },
    putSecret: async (secretArn, text) => {
      const { PutSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
      const client = new SecretsManagerClient(config);
      const command = new PutSecretValueCommand({ SecretId: secretArn, SecretString: text });
      const { VersionId } = await told(() => client.send(command));
      return { versionId: VersionId };
    },
  };
};

const told = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    if (error instanceof CliError) throw error;
    // Not the error itself: the SDK's carries the request, which may carry a secret.
    const { name, message } = error instanceof Error ? error : { name: "Error", message: "failed" };
    const advice = awsAdvice(name, message);
    throw new CliError(
      exitOfAws(name, message),
      `AWS: ${safe(`${name}: ${message}`)}`,
      ...(advice === undefined ? [] : [`  ${advice}`]),
    );
  }
};

const exitOfAws = (name: string, message: string): Exit => {
  if (/AccessDenied|UnrecognizedClient|ExpiredToken|InvalidClientToken|Credentials/.test(name)) return EXIT.denied;
  if (/NotFound/.test(name) || /does not exist/.test(message)) return EXIT.notFound;
  return /Throttl|TooManyRequests|Timeout|ServiceUnavailable|ECONN|ENOTFOUND/.test(name)
    ? EXIT.unavailable
    : EXIT.failed;
};

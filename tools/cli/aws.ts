import { awsAdvice } from "./aws-advice.ts";
import { CliError, EXIT, type Exit } from "./exit.ts";
import { safe } from "./text.ts";

/** A deployment, found by its stacks. Each SDK client is loaded when it is first needed: most commands need none. */
export type Deployment = {
  readonly name: string;
  /** An output of the data or the service stack. */
  output(stack: "Data" | "Service", name: string): Promise<string>;
  /** The environment variables of a function of the service stack. `name` is the function's name with a capital letter. */
  environmentOf(name: string): Promise<Readonly<Record<string, string>>>;
  /** Invokes a function and returns its answer. */
  invoke(functionName: string, request: unknown): Promise<unknown>;
  putSecret(secretArn: string, text: string): Promise<{ versionId: string | undefined }>;
};

/** The deployment with a stack prefix, in a region or the environment's. Its calls throw a CliError. */
export const deploymentOf = (stackPrefix: string, region: string | undefined): Deployment => {
  const config = region === undefined ? {} : { region };
  const outputs = new Map<string, Promise<ReadonlyMap<string, string>>>();

  const outputsOf = async (stackName: string): Promise<ReadonlyMap<string, string>> => {
    const { CloudFormationClient, DescribeStacksCommand } = await import("@aws-sdk/client-cloudformation");
    const client = new CloudFormationClient(config);
    const { Stacks = [] } = await callAws(() => client.send(new DescribeStacksCommand({ StackName: stackName })));
    return new Map((Stacks[0]?.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));
  };

  // A logical id is the name, followed by characters that the CDK adds.
  const functionOf = async (stackName: string, name: string): Promise<string> => {
    const { CloudFormationClient, paginateListStackResources } = await import("@aws-sdk/client-cloudformation");
    const client = new CloudFormationClient(config);
    return callAws(async () => {
      for await (const { StackResourceSummaries = [] } of paginateListStackResources(
        { client },
        { StackName: stackName },
      ))
        for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of StackResourceSummaries)
          if (ResourceType === "AWS::Lambda::Function" && LogicalResourceId?.startsWith(name) && PhysicalResourceId)
            return PhysicalResourceId;
      throw new CliError(EXIT.notFound, `The stack ${stackName} has no function ${name}.`);
    });
  };

  return {
    name: stackPrefix,
    output: async (stack, name) => {
      const stackName = `${stackPrefix}-${stack}`;
      const known = outputs.get(stackName) ?? outputsOf(stackName);
      outputs.set(stackName, known);
      const value = (await known).get(name);
      if (value === undefined) throw new CliError(EXIT.notFound, `The stack ${stackName} has no output ${name}.`);
      return value;
    },
    environmentOf: async (name) => {
      const FunctionName = await functionOf(`${stackPrefix}-Service`, name);
      const { GetFunctionConfigurationCommand, LambdaClient } = await import("@aws-sdk/client-lambda");
      const client = new LambdaClient(config);
      const { Environment } = await callAws(() => client.send(new GetFunctionConfigurationCommand({ FunctionName })));
      return Environment?.Variables ?? {};
    },
    invoke: async (functionName, request) => {
      const { InvokeCommand, LambdaClient } = await import("@aws-sdk/client-lambda");
      const client = new LambdaClient(config);
      const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) });
      const { FunctionError, Payload } = await callAws(() => client.send(command));
      if (FunctionError !== undefined)
        throw new CliError(EXIT.failed, `The function ${functionName} failed. See its log.`);
      return JSON.parse(Payload?.transformToString() ?? "null");
    },
    putSecret: async (secretArn, text) => {
      const { PutSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
      const client = new SecretsManagerClient(config);
      const command = new PutSecretValueCommand({ SecretId: secretArn, SecretString: text });
      const { VersionId } = await callAws(() => client.send(command));
      return { versionId: VersionId };
    },
  };
};

const callAws = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    if (error instanceof CliError) throw error;
    // Not the whole error: the SDK's contains the request, which may contain a secret.
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

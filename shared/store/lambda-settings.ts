/**
 * The settings of an AWS client in a Lambda function, from its environment. Without them the SDK looks for each of them in files,
 * which a function does not have, at its first call. Empty elsewhere, and if the environment names such a file.
 */
export const lambdaSettings = (env: Readonly<Record<string, string | undefined>> = process.env) => {
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const hasFiles = FILES.some((name) => env[name] !== undefined);
  if (env["AWS_LAMBDA_FUNCTION_NAME"] === undefined || hasFiles) return {};
  if (region === undefined || accessKeyId === undefined || secretAccessKey === undefined) return {};
  const sessionToken = env["AWS_SESSION_TOKEN"];
  return {
    region,
    // Lambda ends a process before its credentials expire.
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    retryMode: env["AWS_RETRY_MODE"] ?? "standard",
    useFipsEndpoint: env["AWS_USE_FIPS_ENDPOINT"] === "true",
    useDualstackEndpoint: env["AWS_USE_DUALSTACK_ENDPOINT"] === "true",
    defaultsMode: "legacy" as const,
    authSchemePreference: [],
    userAgentAppId: async () => env["AWS_SDK_UA_APP_ID"],
    ignoreConfiguredEndpointUrls: !Object.keys(env).some((name) => name.startsWith("AWS_ENDPOINT_URL")),
  };
};

const FILES = ["AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"];

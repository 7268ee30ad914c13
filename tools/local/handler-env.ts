import { ENV, type EnvName } from "../../shared/contract/env.ts";

export type HandlerEnv = {
  /** What the functions read, by the contract; a name that is missing is unset. */
  contract: Partial<Record<EnvName, string>>;
  dynamodbEndpoint: string;
};

/**
 * Gives this process the environment the functions expect, and returns how to take it back. The AWS SDK asks for a region
 * and credentials even where nobody checks them; the caller's own ones go only to AWS's own endpoints.
 */
export const applyHandlerEnv = ({ contract, dynamodbEndpoint }: HandlerEnv): (() => void) => {
  const before = { ...process.env };
  const changes: Record<string, string | undefined> = {
    ...Object.fromEntries(Object.keys(ENV).map((name) => [name, undefined])),
    ...contract,
    DYNAMODB_ENDPOINT: dynamodbEndpoint,
    ...awsEnv(dynamodbEndpoint),
  };
  for (const [name, value] of Object.entries(changes)) setEnv(name, value);
  return () => {
    for (const name of Object.keys(changes)) setEnv(name, before[name]);
  };
};

/** The region and credentials for an endpoint; undefined values are to be unset, names that are missing left alone. */
export const awsEnv = (endpoint: string): Record<string, string | undefined> => {
  const host = new URL(endpoint).hostname;
  if (isAws(host)) {
    const region = /(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(host)?.[1];
    return region === undefined ? {} : { AWS_REGION: region };
  }
  return {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
  };
};

export const isAws = (host: string): boolean =>
  /\.(amazonaws\.com(\.cn)?|api\.aws|api\.amazonwebservices\.com\.cn)$/.test(host);

const setEnv = (name: string, value: string | undefined): void => {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
};

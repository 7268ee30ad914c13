import { ENV, type EnvName } from "../../shared/contract/env.ts";
import { type Credentials, REGION } from "./engine/signature.ts";

export type HandlerEnv = {
  /** What the functions read, by the contract; a name that is missing is unset. */
  contract: Partial<Record<EnvName, string>>;
  database: DatabaseAddress;
};

/** Where a database answers, and what it verifies signatures with. Without credentials: nothing, or AWS's own. */
export type DatabaseAddress = { endpoint: string; credentials?: Credentials | undefined };

/**
 * Gives this process the environment the functions expect, and returns how to take it back. The AWS SDK asks for a region
 * and credentials even where nobody checks them; the caller's own ones go only to AWS's own endpoints.
 */
export const applyHandlerEnv = ({ contract, database }: HandlerEnv): (() => void) => {
  const before = { ...process.env };
  const changes: Record<string, string | undefined> = {
    ...Object.fromEntries(Object.keys(ENV).map((name) => [name, undefined])),
    ...contract,
    DYNAMODB_ENDPOINT: database.endpoint,
    ...awsEnv(database),
  };
  for (const [name, value] of Object.entries(changes)) setEnv(name, value);
  return () => {
    for (const name of Object.keys(changes)) setEnv(name, before[name]);
  };
};

/** The region and credentials for an endpoint; undefined values are to be unset, names that are missing left alone. */
export const awsEnv = ({ endpoint, credentials }: DatabaseAddress): Record<string, string | undefined> => {
  const host = new URL(endpoint).hostname;
  if (isAws(host)) {
    const region = /(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(host)?.[1];
    return region === undefined ? {} : { AWS_REGION: region };
  }
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId ?? "local",
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? "local",
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

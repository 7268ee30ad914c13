import { ENV, type EnvName } from "../../shared/contract/env.ts";
import { type Credentials, REGION } from "./engine/signature.ts";

export type HandlerEnv = {
  /** The variables that the functions read, by the contract; a missing name is unset. */
  contract: Partial<Record<EnvName, string>>;
  database: DatabaseAddress;
};

/** The address of a database and the credentials that it verifies. Without credentials it verifies nothing, or is on AWS. */
export type DatabaseAddress = { endpoint: string; credentials?: Credentials | undefined };

/**
 * Sets the environment that the functions expect in this process, and returns how to restore it. The AWS SDK needs a region
 * and credentials even where nobody checks them. The user's real credentials go to endpoints of AWS only.
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

/** The region and credentials for an endpoint. Undefined values must be unset; missing names must stay as they are. */
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

import type {
  ShownToken,
  TokenFunctionAnswer,
  TokenList,
  TokenRevoked,
} from "../../shared/licensing/token-function.ts";
import type { TokenAnswer } from "../../shared/licensing/token-request.ts";
import { StartError } from "../local/start-error.ts";
import type { Deployment } from "./aws.ts";
import { CliError, EXIT } from "./exit.ts";
import { safe } from "./text.ts";

/** `instance_id`: the only instance that a token of scope `agent` is for. */
export type TokenSpec = { subject: string; scopes: readonly string[]; expires_in_secs: number; instance_id?: string };
export type MadeToken = Extract<TokenAnswer, { ok: true }>;
export type { ShownToken, TokenList, TokenRevoked };

/**
 * Creates, lists and revokes access tokens: with a deployment's token function, or with a local server's data folder. The
 * calls throw a CliError with every fault of the request.
 */
export type TokenService = {
  create(spec: TokenSpec): Promise<MadeToken>;
  list(): Promise<TokenList>;
  revoke(tokenId: string): Promise<TokenRevoked>;
};

/** The token service of a deployment or a data folder; undefined where neither is specified. */
export const tokenServiceOf = (
  deployment: Deployment | undefined,
  dataDir: string | undefined,
): TokenService | undefined => {
  const ask = deployment !== undefined ? deployed(deployment) : dataDir !== undefined ? local(dataDir) : undefined;
  if (ask === undefined) return undefined;
  const answered = async (request: object): Promise<Exclude<TokenFunctionAnswer, { ok: false }>> => {
    const answer = await ask(request);
    if (answer.ok) return answer;
    throw new CliError(EXIT.usage, ...faultLines(request, answer.errors));
  };
  return {
    create: async (spec) => {
      const answer = await answered(spec);
      return "token" in answer ? answer : otherAnswer();
    },
    list: async () => {
      const answer = await answered({ list: true });
      return "tokens" in answer ? answer : otherAnswer();
    },
    revoke: async (tokenId) => {
      const answer = await answered({ revoke: tokenId });
      return "known" in answer ? answer : otherAnswer();
    },
  };
};

const otherAnswer = (): never => {
  throw new CliError(EXIT.failed, "The token function gave an unexpected answer. Is it of this version?");
};

// The options for the request's fields.
const OPTION_OF: Record<string, string> = {
  subject: "--subject",
  scopes: "--scopes",
  expires_in_secs: "--hours",
  instance_id: "--cluster-id",
  revoke: "<id>",
};

const HOURS = "must be a number of hours, from 0.017 (a minute) to 8784 (a year).";

// The function reports positions in a list and seconds. The user typed names and hours.
const faultLines = (request: object, errors: readonly { path: string; message: string }[]): string[] => {
  const scopes = "scopes" in request && Array.isArray(request.scopes) ? request.scopes : [];
  const wrong = errors.flatMap(({ path }) => /^scopes\.(\d+)$/.exec(path)?.[1] ?? []);
  const names = wrong.map((place) => JSON.stringify(scopes[Number(place)])).join(", ");
  const lines = errors.map(({ path, message }) => {
    const option = OPTION_OF[path.replace(/\.\d+$/, "")] ?? path;
    if (path.startsWith("scopes.")) return `${option}: ${safe(`${names} ${message}`)}`;
    if (path === "expires_in_secs") return `${option}: ${HOURS}`;
    return `${option}: ${safe(message)}`;
  });
  return [...new Set(lines)];
};

type Ask = (request: unknown) => Promise<TokenFunctionAnswer>;

const deployed =
  (deployment: Deployment): Ask =>
  async (request) =>
    (await deployment.invoke(await deployment.output("Service", "TokenFunctionName"), request)) as TokenFunctionAnswer;

const local =
  (dataDir: string): Ask =>
  async (request) => {
    // It loads the AWS SDK, which no other command needs.
    const { askLocally } = await import("../local/access-tokens.ts");
    try {
      return await askLocally(dataDir, request);
    } catch (error) {
      throw error instanceof StartError ? new CliError(EXIT.unavailable, ...error.problems) : error;
    }
  };

import * as v from "valibot";
import { check } from "../contract/check.ts";
import type { Fault } from "../contract/problems.ts";
import { objectMessage, text } from "../contract/requests.ts";
import type { TokenScope } from "../contract/scopes.ts";
import { type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import { listTokens, noteToken, revokeToken, type TokenBookDeps } from "./token-book.ts";
import { answerTokenRequest, MAX_TOKEN_SECONDS, type TokenAnswer, type TokenMaker } from "./token-request.ts";

const only = <const TEntries extends v.ObjectEntries>(entries: TEntries) =>
  v.objectWithRest(entries, v.never("is not a field of this request"), objectMessage);

const RevokeRequest = only({ revoke: text(128) });
const ListRequest = only({ list: v.literal(true, "must be true") });

export type ShownToken = {
  token_id: string;
  subject: string;
  scopes: readonly TokenScope[];
  /** The instance that an agent's token is for; null for any other token. */
  instance_id: string | null;
  made_at: string;
  expires_at: string;
  revoked_at: string | null;
};

/** `known`: false if there is no record of the token. Its id is refused from now on all the same. */
export type TokenRevoked = { ok: true; token_id: string; known: boolean; revoked_at: string };
export type TokenList = { ok: true; tokens: ShownToken[] };
export type TokenFault = { ok: false; errors: Fault[] };
export type TokenFunctionAnswer = TokenAnswer | TokenRevoked | TokenList | TokenFault;

export type TokenFunctionDeps = Omit<TokenMaker, "note"> & TokenBookDeps;

/** The time limit of a call. No route calls this function, so it has no other deadline. */
const PATIENCE_MS = 20 * SECOND_MS;

/**
 * Answers the function of access tokens: `{revoke: id}` revokes a token, `{list: true}` lists the valid ones, and anything
 * else makes one. IAM decides who may call it. Bad input is answered with every fault. Throws `StoreUnavailable` if the
 * table cannot be reached: then no token is made.
 */
export const answerTokenFunction = (deps: TokenFunctionDeps, request: unknown): Promise<TokenFunctionAnswer> => {
  if (has(request, "revoke")) return revoke(deps, request);
  if (has(request, "list")) return list(deps, request);
  return answerTokenRequest({ ...deps, note: (record) => noteToken(deps, record, deps.now() + PATIENCE_MS) }, request);
};

const has = (request: unknown, field: string): boolean =>
  typeof request === "object" && request !== null && Object.hasOwn(request, field);

const revoke = async (deps: TokenFunctionDeps, request: unknown): Promise<TokenRevoked | TokenFault> => {
  const checked = check(RevokeRequest, request);
  if (!checked.ok) return { ok: false, errors: checked.faults };
  const tokenId = checked.value.revoke;
  const now = deps.now();
  const moment = { now, deadline: now + PATIENCE_MS };
  const { known, revokedAt } = await revokeToken(deps, tokenId, MAX_TOKEN_SECONDS * SECOND_MS, moment);
  deps.log.info("access token revoked", { token_id: tokenId, known });
  return { ok: true, token_id: tokenId, known, revoked_at: formatTime(revokedAt) };
};

const list = async ({ table, now }: TokenFunctionDeps, request: unknown): Promise<TokenList | TokenFault> => {
  const checked = check(ListRequest, request);
  if (!checked.ok) return { ok: false, errors: checked.faults };
  const tokens = await listTokens(table, now());
  return {
    ok: true,
    tokens: tokens.map(({ tokenId, subject, scopes, instanceId, madeAt, expiresAt, revokedAt }) => ({
      token_id: tokenId,
      subject,
      scopes,
      instance_id: instanceId ?? null,
      made_at: formatTime(madeAt),
      expires_at: formatTime(expiresAt),
      revoked_at: shownTime(revokedAt),
    })),
  };
};

const shownTime = (at: EpochMs | undefined): string | null => (at === undefined ? null : formatTime(at));

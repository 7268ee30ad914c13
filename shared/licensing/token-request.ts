import * as v from "valibot";
import { check } from "../contract/check.ts";
import { forward } from "../contract/forward.ts";
import type { Fault } from "../contract/problems.ts";
import { NewId, objectMessage, text } from "../contract/requests.ts";
import { AGENT_SCOPE, SCOPES } from "../contract/scopes.ts";
import { type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import { signAccessToken } from "./access-token.ts";
import type { SigningKeys } from "./signing-keys.ts";
import type { TokenRecord } from "./token-book.ts";

/** The longest life of an access token: a year. */
export const MAX_TOKEN_SECONDS = 366 * 86_400;

const seconds = `must be a whole number from 60 to ${MAX_TOKEN_SECONDS}`;

const TOKEN_SCOPES = [...SCOPES, AGENT_SCOPE] as const;

/** A request for a token. Not `v.strictObject`, which stops at the first unknown field. */
const TokenRequest = v.pipe(
  v.objectWithRest(
    {
      subject: text(128),
      scopes: v.pipe(
        v.array(v.picklist(TOKEN_SCOPES, `must be one of ${TOKEN_SCOPES.join(", ")}`), "must be a list"),
        v.minLength(1, "must not be empty"),
        v.maxLength(SCOPES.length, "must not name a scope twice"),
        v.check((scopes) => scopes.length === 1 || !scopes.includes(AGENT_SCOPE), "must not name agent beside others"),
      ),
      expires_in_secs: v.pipe(
        v.number(seconds),
        v.integer(seconds),
        v.minValue(60, seconds),
        v.maxValue(MAX_TOKEN_SECONDS, seconds),
      ),
      instance_id: v.optional(NewId),
    },
    v.never("is not a field of this request"),
    objectMessage,
  ),
  forward(
    v.partialCheck(
      [["scopes"], ["instance_id"]],
      ({ scopes, instance_id }) => scopes.includes(AGENT_SCOPE) === (instance_id !== undefined),
      "is required with the scope agent, and with no other",
    ),
    ["instance_id"],
  ),
);

export type TokenAnswer =
  | { ok: true; token: string; token_id: string; expires_at: string }
  | { ok: false; errors: Fault[] };

export type TokenMaker = {
  issuer: string;
  keys: SigningKeys;
  newId: () => string;
  now: () => EpochMs;
  log: Logger;
  /** Records a token. If it fails, no token is returned: it could be neither listed nor revoked by its id. */
  note: (record: TokenRecord) => Promise<void>;
};

/**
 * Makes an access token for a request. IAM decides who may call it. Bad input is answered with every fault. The log has the
 * subject and the scopes, never the token.
 */
export const answerTokenRequest = async (
  { issuer, keys, newId, now, log, note }: TokenMaker,
  request: unknown,
): Promise<TokenAnswer> => {
  const checked = check(TokenRequest, request);
  if (!checked.ok) return { ok: false, errors: checked.faults };
  const { subject, scopes, expires_in_secs, instance_id: instanceId } = checked.value;
  const { signer } = await keys();
  const issuedAt = now();
  const expiresAt = (Math.floor(issuedAt / SECOND_MS) + expires_in_secs) * SECOND_MS;
  const tokenId = newId();
  const grant = { tokenId, subject, scopes, instanceId };
  const token = await signAccessToken(grant, { issuer, now: issuedAt, expiresAt }, signer);
  await note({ ...grant, madeAt: issuedAt, expiresAt });
  log.info("access token made", {
    ...{ token_id: tokenId, subject, scopes, instance_id: instanceId },
    expires_at: formatTime(expiresAt),
  });
  return { ok: true, token, token_id: tokenId, expires_at: formatTime(expiresAt) };
};

import { ITEM_VERSION, REVOKED_PARTITION, revokedKey, TOKENS_PARTITION, tokenKey } from "../contract/keys.ts";
import type { TokenScope } from "../contract/scopes.ts";
import { type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import { type AuditEntry, auditWrite } from "../store/audit.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Item, Table, Write } from "../store/table.ts";

/** The record of an access token: all but the token. */
export type TokenRecord = {
  tokenId: string;
  subject: string;
  scopes: readonly TokenScope[];
  /** The instance that an agent's token is for. */
  instanceId?: string | undefined;
  madeAt: EpochMs;
  expiresAt: EpochMs;
};

export type ListedToken = TokenRecord & { revokedAt: EpochMs | undefined };

export type TokenBookDeps = { table: Table; pace: Pace; newId: () => string; retentionDays: number };

/** The actor in the audit. IAM decides who may invoke the function, and does not pass the name on. */
const ACTOR = "token function";

/** Records a token, with its audit row, before it is returned. Throws `StoreUnavailable`: then it must not be returned. */
export const noteToken = async (deps: TokenBookDeps, record: TokenRecord, deadline: EpochMs): Promise<void> => {
  const { tokenId, subject, scopes, instanceId, madeAt, expiresAt } = record;
  const bound = instanceId === undefined ? {} : { instanceId };
  const item = {
    ...tokenKey(tokenId),
    v: ITEM_VERSION,
    subject,
    scopes: [...scopes],
    ...bound,
    madeAt: formatTime(madeAt),
    until: formatTime(expiresAt),
    expiresAt: ttl(expiresAt),
  };
  await commit(deps, deadline, [
    { kind: "put", item },
    audited(deps, { action: "token.made", actor: ACTOR, tokenId, subject, scopes: scopes.join(" "), ...bound }, madeAt),
  ]);
};

/** The tokens that have not expired, newest first. */
export const listTokens = async (table: Table, now: EpochMs): Promise<ListedToken[]> => {
  const [made, revoked] = await Promise.all(
    [TOKENS_PARTITION, REVOKED_PARTITION].map((partition) => table.query({ partition, consistent: true })),
  );
  const revokedAt = new Map((revoked ?? []).map((item) => [String(item["sk"]), timeIn(item, "revokedAt")]));
  return (made ?? [])
    .map((item) => ({ ...recordFrom(item), revokedAt: revokedAt.get(String(item["sk"])) }))
    .filter(({ expiresAt }) => expiresAt > now)
    .sort((one, other) => other.madeAt - one.madeAt || (one.tokenId < other.tokenId ? -1 : 1));
};

export type Revocation = { known: boolean; revokedAt: EpochMs };

/**
 * Revokes a token permanently, with an audit row. Doing it again changes nothing. An unknown token is refused from now on,
 * too, for the longest life of a token (`longestMs`): its record may be lost.
 */
export const revokeToken = async (
  deps: TokenBookDeps,
  tokenId: string,
  longestMs: number,
  moment: { now: EpochMs; deadline: EpochMs },
): Promise<Revocation> => {
  const item = await deps.table.get(tokenKey(tokenId), { consistent: true });
  const record = item && recordFrom(item);
  const entry = { action: "token.revoked", actor: ACTOR, tokenId, ...(record && { subject: record.subject }) };
  const put: Write = {
    kind: "put",
    item: {
      ...revokedKey(tokenId),
      v: ITEM_VERSION,
      revokedAt: formatTime(moment.now),
      expiresAt: ttl(record?.expiresAt ?? moment.now + longestMs),
    },
    condition: { expression: "attribute_not_exists(pk)" },
  };
  const found = await commit(deps, moment.deadline, [put, audited(deps, entry, moment.now)]);
  return { known: record !== undefined, revokedAt: (found && timeIn(found, "revokedAt")) ?? moment.now };
};

/** The ids of all revoked tokens. The list stays small, because tokens expire. */
export const revokedTokenIds = async (table: Table): Promise<ReadonlySet<string>> =>
  new Set((await table.query({ partition: REVOKED_PARTITION, consistent: true })).map((item) => String(item["sk"])));

// Returns the item that prevented the first write, if one did.
const commit = (deps: TokenBookDeps, deadline: EpochMs, writes: readonly Write[]): Promise<Item | undefined> =>
  retrying(deps.pace, deadline, async () => {
    const result = await deps.table.transact(writes);
    if (result.outcome === "conflict") return undefined;
    return { stoodInTheWay: result.outcome === "refused" ? result.refusals.get(0) : undefined };
  }).then(({ stoodInTheWay }) => stoodInTheWay);

const audited = (
  { newId, retentionDays }: TokenBookDeps,
  entry: AuditEntry & { tokenId: string; subject?: string; scopes?: string; instanceId?: string },
  now: EpochMs,
): Write => auditWrite(entry, now, newId(), retentionDays);

const recordFrom = (item: Item): TokenRecord => ({
  tokenId: String(item["sk"]),
  subject: String(item["subject"]),
  scopes: item["scopes"] as TokenScope[],
  ...(item["instanceId"] === undefined ? {} : { instanceId: String(item["instanceId"]) }),
  madeAt: timeIn(item, "madeAt"),
  expiresAt: timeIn(item, "until"),
});

const timeIn = (item: Item, name: string): EpochMs => Date.parse(String(item[name]));

const ttl = (at: EpochMs): number => Math.floor(at / SECOND_MS);

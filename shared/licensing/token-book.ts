import { ITEM_VERSION, REVOKED_PARTITION, revokedKey, TOKENS_PARTITION, tokenKey } from "../contract/keys.ts";
import type { Scope } from "../contract/scopes.ts";
import { type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import { type AuditEntry, auditWrite } from "../store/audit.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Item, Table, Write } from "../store/table.ts";

/** What is kept of an access token that was made: all but the token. */
export type TokenRecord = {
  tokenId: string;
  subject: string;
  scopes: readonly Scope[];
  madeAt: EpochMs;
  expiresAt: EpochMs;
};

export type ListedToken = TokenRecord & { revokedAt: EpochMs | undefined };

export type TokenBookDeps = { table: Table; pace: Pace; newId: () => string; retentionDays: number };

/** Who acts: whoever IAM let invoke the function, whom the function is not told. */
const ACTOR = "token function";

/** Notes a token that is about to be handed out, with its audit row. Throws `StoreUnavailable`: then it must not be. */
export const noteToken = async (deps: TokenBookDeps, record: TokenRecord, deadline: EpochMs): Promise<void> => {
  const { tokenId, subject, scopes, madeAt, expiresAt } = record;
  const item = {
    ...tokenKey(tokenId),
    v: ITEM_VERSION,
    subject,
    scopes: [...scopes],
    madeAt: formatTime(madeAt),
    until: formatTime(expiresAt),
    expiresAt: ttl(expiresAt),
  };
  await commit(deps, deadline, [
    { kind: "put", item },
    audited(deps, { action: "token.made", actor: ACTOR, tokenId, subject, scopes: scopes.join(" ") }, madeAt),
  ]);
};

/** The tokens that were made and have not expired, the newest first. */
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
 * Revokes a token for good, with an audit row; the same again changes nothing. One that nothing is known of is refused from
 * now on, too, for as long as any token may last (`longestMs`): its record may be what was lost.
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

/** The ids of all revoked tokens: a small query, for tokens expire. */
export const revokedTokenIds = async (table: Table): Promise<ReadonlySet<string>> =>
  new Set((await table.query({ partition: REVOKED_PARTITION, consistent: true })).map((item) => String(item["sk"])));

// Gives what stood in the way of the first write, where something did.
const commit = (deps: TokenBookDeps, deadline: EpochMs, writes: readonly Write[]): Promise<Item | undefined> =>
  retrying(deps.pace, deadline, async () => {
    const result = await deps.table.transact(writes);
    if (result.outcome === "conflict") return undefined;
    return { stoodInTheWay: result.outcome === "refused" ? result.refusals.get(0) : undefined };
  }).then(({ stoodInTheWay }) => stoodInTheWay);

const audited = (
  { newId, retentionDays }: TokenBookDeps,
  entry: AuditEntry & { tokenId: string; subject?: string; scopes?: string },
  now: EpochMs,
): Write => auditWrite(entry, now, newId(), retentionDays);

const recordFrom = (item: Item): TokenRecord => ({
  tokenId: String(item["sk"]),
  subject: String(item["subject"]),
  scopes: item["scopes"] as Scope[],
  madeAt: timeIn(item, "madeAt"),
  expiresAt: timeIn(item, "until"),
});

const timeIn = (item: Item, name: string): EpochMs => Date.parse(String(item[name]));

const ttl = (at: EpochMs): number => Math.floor(at / SECOND_MS);

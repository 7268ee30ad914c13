import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import { StoreUnavailable, type Table } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import { revokedTokenIds } from "./token-book.ts";

/** Whether the access token of this id was revoked. */
export type IsRevoked = (tokenId: string) => Promise<boolean>;

/** How long the list is used before it is read again; a revocation is promised to be in force within 30 seconds. */
const FRESH_MS = 20 * SECOND_MS;
/** How long after a failed reading none is tried, so that an outage of the table does not slow every request. */
const RETRY_AFTER_MS = 5 * SECOND_MS;

/**
 * Tells by a list that is at most 20 seconds old. In an outage of the table the last one goes on, however old: what was
 * known to be revoked stays refused, and nobody is locked out. What such a token opens lies in the same table, all but the
 * license's terms. A process that has never read the list goes by the signature and the expiry, and says so.
 *
 * That holds for outages, which pass, alone. What else keeps it from reading the list (a role without the right, a table
 * that is not there, a defect) would last, and revocations would not be in force all the while: it is thrown, and the list
 * is asked for again at the next token.
 */
export const revokedTokens = (table: () => Table, now: () => EpochMs, log: Logger): IsRevoked => {
  let ids: ReadonlySet<string> = new Set();
  let lookAgainAt = 0;
  let reading: Promise<void> | undefined;

  const refresh = async (): Promise<void> => {
    const askedAt = now();
    try {
      ids = await revokedTokenIds(table());
      // From before the reading: what was read may be as old as that.
      lookAgainAt = askedAt + FRESH_MS;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      lookAgainAt = now() + RETRY_AFTER_MS;
      log.warn("revoked tokens not read; going by those known", { known: ids.size, error });
    } finally {
      reading = undefined;
    }
  };

  return async (tokenId) => {
    // What is known to be revoked stays so: no need to look.
    if (ids.has(tokenId)) return true;
    if (now() >= lookAgainAt) {
      reading ??= refresh();
      await reading;
    }
    return ids.has(tokenId);
  };
};

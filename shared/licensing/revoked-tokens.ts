import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import { StoreUnavailable, type Table } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import { revokedTokenIds } from "./token-book.ts";

/** Whether the access token of this id was revoked. */
export type IsRevoked = (tokenId: string) => Promise<boolean>;

/** How long the list is used before it is read again. The documents promise that a revocation works within 30 seconds. */
const FRESH_MS = 20 * SECOND_MS;
/** How long no reading is tried after a failed one, so that an outage of the table does not slow every request. */
const RETRY_AFTER_MS = 5 * SECOND_MS;

/**
 * Uses a list that is at most 20 seconds old. In an outage of the table, the last list is used however old it is: known
 * revocations stay in force, and nobody is locked out. Except for the license's terms, a token opens only data of the same
 * table. A process that has never read the list accepts tokens by signature and expiry, and logs a warning.
 *
 * Other failures (a missing right, a missing table, a defect) would last, and revocations would not work. So they are
 * thrown, and the next token reads the list again.
 */
export const revokedTokens = (table: () => Table, now: () => EpochMs, log: Logger): IsRevoked => {
  let ids: ReadonlySet<string> = new Set();
  let lookAgainAt = 0;
  let reading: Promise<void> | undefined;

  const refresh = async (): Promise<void> => {
    const askedAt = now();
    try {
      ids = await revokedTokenIds(table());
      // From before the reading: the list may be that old.
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
    // A revoked token stays revoked.
    if (ids.has(tokenId)) return true;
    if (now() >= lookAgainAt) {
      reading ??= refresh();
      await reading;
    }
    return ids.has(tokenId);
  };
};

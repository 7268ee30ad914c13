import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { Item } from "./table.ts";

/**
 * Whether an item has expired at this moment. DynamoDB deletes expired items days later, and no answer may depend on that
 * delay. So code that reads items with an expiry must ignore expired ones.
 */
export const isExpired = ({ expiresAt }: Item, now: EpochMs): boolean =>
  expiresAt !== undefined && Number(expiresAt) * SECOND_MS <= now;

import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { Item } from "./table.ts";

/**
 * Whether an item may have been cleaned up (TTL) by this moment. Cleaning up lags by days, and nothing that is told may
 * depend on by how much: whoever reads items that expire takes an expired one for absent.
 */
export const isExpired = ({ expiresAt }: Item, now: EpochMs): boolean =>
  expiresAt !== undefined && Number(expiresAt) * SECOND_MS <= now;

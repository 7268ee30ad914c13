import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";
import type { CatalogWaits } from "./types.ts";

export const CATALOG_WAITS: CatalogWaits = {
  passMs: 20 * SECOND_MS,
  retryMs: 5 * SECOND_MS,
  pendingMs: MINUTE_MS,
  refusedMs: 5 * MINUTE_MS,
  fightMs: 10 * MINUTE_MS,
  contestedMs: HOUR_MS,
  fetchMs: HOUR_MS,
  statusMs: HOUR_MS,
};

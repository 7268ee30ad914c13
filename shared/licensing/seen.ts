import { ITEM_VERSION, licenseSeenKey, servedLicenseKey } from "../contract/keys.ts";
import { type EpochMs, formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../contract/time.ts";
import { type AuditEntry, auditWrite } from "../store/audit.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Item, Table, Write } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import { licenseIdentity } from "./identity.ts";
import type { LicenseFile } from "./license-file.ts";

/**
 * Notes that the server has a license, and gives what is known of its subscription: `anchorDay`, the day of the month
 * (1-31) on which the first license seen of it was issued, which no renewal moves. Throws `StoreUnavailable`.
 */
export type LicenseSeen = (license: LicenseFile, now: EpochMs) => Promise<{ anchorDay: number }>;

export type SeenDeps = { table: Table; pace: Pace; newId: () => string; retentionDays: number; log: Logger };

/**
 * The first to see another license than the last one writes it down, with the audit row of the swap, in one
 * transaction; everybody else finds it there. What is written down already is asked for once, also by many at once.
 */
export const licenseSeen = (deps: SeenDeps): LicenseSeen => {
  let last: { fingerprint: string; anchorDay: number } | undefined;
  let asking: { fingerprint: string; noted: Promise<Noted> } | undefined;
  return async (license, now) => {
    const { fingerprint } = license;
    if (last?.fingerprint === fingerprint) return last;
    if (asking?.fingerprint !== fingerprint) {
      const noted = retrying(deps.pace, now + PATIENCE_MS, (attempt) => note(deps, license, now, attempt > 0));
      asking = { fingerprint, noted };
    }
    const mine = asking;
    try {
      const { anchorDay, settled } = await mine.noted;
      last = settled ? { fingerprint, anchorDay } : undefined;
      return { anchorDay };
    } finally {
      if (asking === mine) asking = undefined;
    }
  };
};

/**
 * Whether this function's copy of the license is older than what another function has noted: a copy lives for up to an
 * hour while the secret cannot be read, and for a minute otherwise. Read consistently.
 */
export const isReplaced = async (table: Table, { fingerprint }: LicenseFile, now: EpochMs): Promise<boolean> => {
  const served = await table.get(servedLicenseKey, { consistent: true });
  return (
    served !== undefined &&
    served["fingerprint"] !== fingerprint &&
    Date.parse(String(served["since"])) > now - LONGEST_COPY_MS
  );
};

const LONGEST_COPY_MS = HOUR_MS + MINUTE_MS;

const PATIENCE_MS = 5 * SECOND_MS;
/** How old a function's copy of the license may be. */
const COPY_MS = MINUTE_MS;

type Noted = { anchorDay: number; settled: boolean };

// Undefined where somebody else was at it: then look again.
const note = async (
  deps: SeenDeps,
  license: LicenseFile,
  now: EpochMs,
  consistent: boolean,
): Promise<Noted | undefined> => {
  const identity = licenseIdentity(license);
  const { fingerprint } = license;
  const [served, seen] = await Promise.all([
    deps.table.get(servedLicenseKey, { consistent }),
    deps.table.get(licenseSeenKey(identity), { consistent }),
  ]);
  const anchorDay = Number(seen?.["anchorDay"] ?? new Date(license.issuedAt).getUTCDate());
  if (seen !== undefined && served?.["fingerprint"] === fingerprint) return { anchorDay, settled: true };
  // A license of the past, so soon after a swap, is a copy from before it, unless it still is there a minute later.
  if (seen !== undefined && isInHistory(seen, fingerprint) && isRecent(served, now))
    return { anchorDay, settled: false };
  const outcome = await deps.table.transact([
    servedWrite(license, identity, served, now),
    seenWrite(license, identity, seen, anchorDay, now),
    ...replacedWrites(deps, license, identity, served, now),
  ]);
  if (outcome.outcome !== "committed") return undefined;
  if (served !== undefined) deps.log.info("license swapped", { from: served["fingerprint"], to: fingerprint });
  return { anchorDay, settled: true };
};

type HistoryEntry = { fingerprint: string; at: string };

const isInHistory = (seen: Item, fingerprint: string): boolean =>
  ((seen["history"] ?? []) as HistoryEntry[]).some((entry) => entry.fingerprint === fingerprint);

const isRecent = (served: Item | undefined, now: EpochMs): boolean =>
  served !== undefined && Date.parse(String(served["since"])) > now - COPY_MS;

const servedWrite = (license: LicenseFile, identity: string, served: Item | undefined, now: EpochMs): Write => ({
  kind: "put",
  item: {
    ...servedLicenseKey,
    v: ITEM_VERSION,
    fingerprint: license.fingerprint,
    license: identity,
    since: formatTime(now),
  },
  condition:
    served === undefined
      ? { expression: "attribute_not_exists(pk)" }
      : {
          expression: "fingerprint = :from AND since = :since",
          values: { ":from": served["fingerprint"], ":since": served["since"] },
        },
});

const seenWrite = (
  license: LicenseFile,
  identity: string,
  seen: Item | undefined,
  anchorDay: number,
  now: EpochMs,
): Write => ({
  kind: "update",
  key: licenseSeenKey(identity),
  update: {
    expression: [
      "SET v = :v, anchorDay = if_not_exists(anchorDay, :day), firstSeen = if_not_exists(firstSeen, :now),",
      "lastSeen = :now, fingerprint = :fingerprint, history = list_append(if_not_exists(history, :none), :entry)",
    ].join(" "),
    values: {
      ":v": ITEM_VERSION,
      ":day": anchorDay,
      ":now": formatTime(now),
      ":fingerprint": license.fingerprint,
      ":none": [],
      ":entry": [{ fingerprint: license.fingerprint, at: formatTime(now) } satisfies HistoryEntry],
    },
  },
  condition: { expression: seen === undefined ? "attribute_not_exists(pk)" : "attribute_exists(pk)" },
});

type SwapEntry = AuditEntry & { action: "license.swapped"; actor: "server"; license: string; from: string; to: string };

const replacedWrites = (
  { newId, retentionDays }: SeenDeps,
  license: LicenseFile,
  identity: string,
  served: Item | undefined,
  now: EpochMs,
): Write[] => {
  if (served === undefined) return [];
  const before = String(served["license"]);
  const entry: SwapEntry = {
    action: "license.swapped",
    actor: "server",
    license: identity,
    from: String(served["fingerprint"]),
    to: license.fingerprint,
  };
  const lastSeen: Write = {
    kind: "update",
    key: licenseSeenKey(before),
    update: { expression: "SET lastSeen = :now", values: { ":now": formatTime(now) } },
  };
  // No item may stand twice in a transaction: where the subscription is the same, it is noted there already.
  return [...(before === identity ? [] : [lastSeen]), auditWrite(entry, now, newId(), retentionDays)];
};

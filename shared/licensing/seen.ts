import { ITEM_VERSION, licenseSeenKey, servedLicenseKey } from "../contract/keys.ts";
import { type EpochMs, formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../contract/time.ts";
import { type AuditEntry, auditWrite } from "../store/audit.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Expression, Item, Table, Write } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import { licenseIdentity } from "./identity.ts";
import type { LicenseFile } from "./license-file.ts";

/**
 * Notes that the server has a license, and returns what is known of its subscription. `anchorDay` is the day of the month
 * (1-31) on which the subscription's first known license was issued. No renewal moves it. If it is known, a failure to
 * write only delays the note. Throws `StoreUnavailable` if it is not.
 */
export type LicenseSeen = (license: LicenseFile, now: EpochMs) => Promise<{ anchorDay: number }>;

export type SeenDeps = { table: Table; pace: Pace; newId: () => string; retentionDays: number; log: Logger };

/**
 * The first function to see another license than the last one writes it down, with the audit row of the swap, in one
 * transaction; all others find it there. What is written down is read once for each process, also by many calls at once.
 */
export const licenseSeen = (deps: SeenDeps): LicenseSeen => {
  let last: { fingerprint: string; anchorDay: number; until: EpochMs } | undefined;
  let asking: { fingerprint: string; noted: Promise<Noted> } | undefined;
  return async (license, now) => {
    const { fingerprint } = license;
    if (last?.fingerprint === fingerprint && now < last.until) return { anchorDay: last.anchorDay };
    if (asking?.fingerprint !== fingerprint) asking = { fingerprint, noted: noteOrRead(deps, license, now) };
    const mine = asking;
    try {
      const { anchorDay, settled } = await mine.noted;
      last = { fingerprint, anchorDay, until: settled ? Number.POSITIVE_INFINITY : now + TRY_AGAIN_MS };
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

/** How long a session's start may wait for an anchor day that is not written yet. */
const PATIENCE_MS = 5 * SECOND_MS;
/** How long it may wait if only the swap is not noted yet. */
const NOTE_PATIENCE_MS = SECOND_MS / 2;
/** A note that failed, or that may be of an old copy, is tried again after this long. */
const TRY_AGAIN_MS = 10 * SECOND_MS;
/** The most licenses that are kept in a subscription's history. */
const MOST_IN_HISTORY = 10;
/** How old a function's copy of the license may be. */
const COPY_MS = MINUTE_MS;

type Noted = { anchorDay: number; settled: boolean };

// Seats need the anchor day; the note of a swap is for the records.
const noteOrRead = async (deps: SeenDeps, license: LicenseFile, now: EpochMs): Promise<Noted> => {
  let known: Noted | undefined;
  try {
    return await retrying(deps.pace, now + PATIENCE_MS, async (attempt) => {
      if (known !== undefined && deps.pace.now() >= now + NOTE_PATIENCE_MS) return known;
      const found = await readNotes(deps.table, license, attempt > 0);
      const anchorDay = found.seen?.["anchorDay"];
      if (anchorDay !== undefined) known = { anchorDay: Number(anchorDay), settled: false };
      return note(deps, license, found, now);
    });
  } catch (error) {
    if (known === undefined) throw error;
    deps.log.warn("license swap not noted", { error });
    return known;
  }
};

type Found = { served: Item | undefined; seen: Item | undefined };

const readNotes = async (table: Table, license: LicenseFile, consistent: boolean): Promise<Found> => {
  const [served, seen] = await Promise.all([
    table.get(servedLicenseKey, { consistent }),
    table.get(licenseSeenKey(licenseIdentity(license)), { consistent }),
  ]);
  return { served, seen };
};

// Undefined if another function wrote at the same time: then read again.
const note = async (
  deps: SeenDeps,
  license: LicenseFile,
  { served, seen }: Found,
  now: EpochMs,
): Promise<Noted | undefined> => {
  const identity = licenseIdentity(license);
  const { fingerprint } = license;
  const anchorDay = Number(seen?.["anchorDay"] ?? new Date(license.issuedAt).getUTCDate());
  if (seen !== undefined && served?.["fingerprint"] === fingerprint) {
    if (hasTerms(seen, fingerprint)) return { anchorDay, settled: true };
    return (await addTerms(deps.table, license, { served, seen }, now)) ? { anchorDay, settled: true } : undefined;
  }
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

/** Earlier releases did not note the terms. `knownSince` is set where they were noted later than the file. */
type HistoryEntry = { fingerprint: string; at: string; knownSince?: string } & Partial<HistoryTerms>;
type HistoryTerms = { maxSeats: number | null; trackingMode: string };

const termsOf = ({ terms: { maxSeats, trackingMode } }: LicenseFile): HistoryTerms => ({ maxSeats, trackingMode });

const historyIn = (seen: Item | undefined): readonly HistoryEntry[] => (seen?.["history"] ?? []) as HistoryEntry[];

const isInHistory = (seen: Item, fingerprint: string): boolean =>
  historyIn(seen).some((entry) => entry.fingerprint === fingerprint);

const hasTerms = (seen: Item, fingerprint: string): boolean => {
  const entries = historyIn(seen).filter((entry) => entry.fingerprint === fingerprint);
  return entries.length > 0 && entries.every(({ maxSeats }) => maxSeats !== undefined);
};

/** Adds the terms to what an earlier release noted of this file. False if another function wrote at the same time. */
const addTerms = async (
  table: Table,
  license: LicenseFile,
  { served, seen }: { served: Item; seen: Item },
  now: EpochMs,
): Promise<boolean> => {
  const { fingerprint } = license;
  const known = historyIn(seen);
  const entries = known.some((entry) => entry.fingerprint === fingerprint)
    ? known
    : [...known, { fingerprint, at: String(served["since"]) }];
  const terms = { ...termsOf(license), knownSince: formatTime(now) };
  const { outcome } = await table.write({
    kind: "update",
    key: licenseSeenKey(licenseIdentity(license)),
    update: {
      expression: "SET history = :history",
      values: {
        ":history": entries.map((entry) =>
          entry.fingerprint === fingerprint && entry.maxSeats === undefined ? { ...entry, ...terms } : entry,
        ),
      },
    },
    condition: asFound(seen),
  });
  return outcome === "written";
};

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
      "lastSeen = :now, fingerprint = :fingerprint, history = :history",
    ].join(" "),
    values: {
      ":v": ITEM_VERSION,
      ":day": anchorDay,
      ":now": formatTime(now),
      ":fingerprint": license.fingerprint,
      ":history": [
        ...historyIn(seen).slice(1 - MOST_IN_HISTORY),
        { fingerprint: license.fingerprint, at: formatTime(now), ...termsOf(license) },
      ],
    },
  },
  condition: asFound(seen),
});

const asFound = (seen: Item | undefined): Expression => {
  if (seen === undefined) return { expression: "attribute_not_exists(pk)" };
  if (seen["history"] === undefined) return { expression: "attribute_exists(pk) AND attribute_not_exists(history)" };
  return { expression: "history = :seenHistory", values: { ":seenHistory": seen["history"] } };
};

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

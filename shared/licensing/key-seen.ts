import { ITEM_VERSION, keySeenKey } from "../contract/keys.ts";
import { type EpochMs, formatTime, MINUTE_MS } from "../contract/time.ts";
import { type AuditEntry, auditWrite } from "../store/audit.ts";
import type { Item, Table, Write } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";

/** The keys that are rotated: the license key, and the signing key of each kind of token. */
export const KEY_NAMES = ["license", "lease", "access"] as const;
export type KeyName = (typeof KEY_NAMES)[number];

/** The current version of each key: a version id or a key id, which reveals nothing of the key. */
export type KeysInUse = Partial<Record<KeyName, string>>;

/** Notes which keys the server uses, so that the audit has every rotation. Throws `StoreUnavailable`. */
export type KeysSeen = (inUse: KeysInUse, now: EpochMs) => Promise<void>;

export type KeysSeenDeps = { table: Table; newId: () => string; retentionDays: number; log: Logger };

/**
 * The first function that sees another version of a key than the noted one writes it, with the audit row, in one
 * transaction. A version that is noted already costs half a read unit for each process.
 */
export const keysSeen = (deps: KeysSeenDeps): KeysSeen => {
  const known = new Map<KeyName, Known>();
  return async (inUse, now) => {
    const open = KEY_NAMES.flatMap((name) => {
      const version = inUse[name];
      return version === undefined || isSettled(known.get(name), version, now) ? [] : [{ name, version }];
    });
    if (open.length === 0) return;
    const noted = await deps.table.batchGet(
      open.map(({ name }) => keySeenKey(name)),
      { consistent: false },
    );
    await Promise.all(
      open.map(async ({ name, version }) => {
        const item = noted.find(({ sk }) => sk === keySeenKey(name).sk);
        known.set(name, { version, lookAgainAt: await note(deps, name, version, item, now) });
      }),
    );
  };
};

/** How old a function's copy of the license key may be. A signing key is published for longer before it signs. */
const COPY_MS = MINUTE_MS;

/** What this process knows of a key: the version is noted, or, with `lookAgainAt`, cannot be noted before that moment. */
type Known = { version: string; lookAgainAt: EpochMs | undefined };

const isSettled = (known: Known | undefined, version: string, now: EpochMs): boolean =>
  known?.version === version && (known.lookAgainAt === undefined || now < known.lookAgainAt);

// Returns when to look again, if it is not settled.
const note = async (
  deps: KeysSeenDeps,
  name: KeyName,
  version: string,
  noted: Item | undefined,
  now: EpochMs,
): Promise<EpochMs | undefined> => {
  if (noted?.["version"] === version) return undefined;
  // Right after a rotation, another version is an old copy, unless it is still there a minute later.
  const settlesAt = noted === undefined ? now : Date.parse(String(noted["since"])) + COPY_MS;
  if (now < settlesAt) return settlesAt;
  const outcome = await deps.table.transact([
    seenWrite(name, version, noted, now),
    ...rotatedWrites(deps, name, version, noted, now),
  ]);
  // Another function wrote at the same time.
  if (outcome.outcome !== "committed") return now + COPY_MS;
  if (noted !== undefined) deps.log.info("key rotated", { key: name, from: noted["version"], to: version });
  return undefined;
};

const seenWrite = (name: KeyName, version: string, noted: Item | undefined, now: EpochMs): Write => ({
  kind: "put",
  item: { ...keySeenKey(name), v: ITEM_VERSION, version, since: formatTime(now) },
  condition:
    noted === undefined
      ? { expression: "attribute_not_exists(pk)" }
      : {
          expression: "version = :from AND since = :since",
          values: { ":from": noted["version"], ":since": noted["since"] },
        },
});

type RotationEntry = AuditEntry & { action: "key.rotated"; actor: "server"; key: KeyName; from: string; to: string };

const rotatedWrites = (
  { newId, retentionDays }: KeysSeenDeps,
  name: KeyName,
  version: string,
  noted: Item | undefined,
  now: EpochMs,
): Write[] => {
  if (noted === undefined) return [];
  const entry: RotationEntry = {
    action: "key.rotated",
    actor: "server",
    key: name,
    from: String(noted["version"]),
    to: version,
  };
  return [auditWrite(entry, now, newId(), retentionDays)];
};

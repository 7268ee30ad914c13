import { DAY_MS } from "../../contract/time.ts";
import type { CommitDeps } from "../../sessions/commit.ts";
import { RETENTION_MARGIN_DAYS } from "../../sessions/events.ts";
import type { Pace } from "../../store/retry.ts";
import type { Scan } from "../../store/scan.ts";
import type { Item } from "../../store/table.ts";
import { type Kind, kindOf, namesPerson } from "./kinds.ts";
import { eraseAudit, erasePolicy, eraseUser } from "./mentions.ts";
import { eraseOldRollups } from "./old-rollups.ts";
import { type Identifiers, PERSON_FIELDS, type Pseudonyms, pseudonymsOf } from "./person.ts";
import { eraseDenial, eraseSeat } from "./seats.ts";
import { eraseSessions } from "./sessions.ts";
import { closeErasure, openErasure } from "./state.ts";
import type { Survey } from "./survey.ts";

export type EraseDeps = CommitDeps & {
  pace: Pace;
  scan: Scan;
  retentionDays: number;
  /** Random, and stored nowhere else. */
  newSecret: () => string;
};

export type Erasure = {
  /** How many items of each kind were changed. */
  erased: Partial<Record<Kind, number>>;
  /** Live sessions that name the person. Run it again once they have ended; until then the erasure stays open. */
  live: number;
  /** Keys of items that still name the person: it could not change them, or does not know their kind. */
  left: string[];
};

/** Other writers may change the same items, so a round may leave some. The last round must find nothing. */
const ROUNDS = 6;

/**
 * Replaces a person's identifiers by random pseudonyms everywhere. Sums and the number of users stay the same. Stopped
 * at any point and run again, it ends as if it had never stopped. Once it is done, nothing leads from the pseudonyms
 * back to the person.
 */
export const erasePerson = async (
  deps: EraseDeps,
  asked: Identifiers,
  survey: Pick<Survey, "identifiers" | "openSince">,
  onProgress: (erased: Erasure["erased"]) => void,
): Promise<Erasure> => {
  const state = await openErasure(deps.table, asked, survey.identifiers, deps.newSecret);
  const pseudonyms = pseudonymsOf(state, survey.openSince);
  const erased: Erasure["erased"] = {};
  let rest = await readNamed(deps.scan, state.named, pseudonyms);
  for (let round = 0; round < ROUNDS && rest.open > 0; round += 1) {
    await eraseRound(deps, rest.items, pseudonyms, (kind, count) => {
      erased[kind] = (erased[kind] ?? 0) + count;
      onProgress({ ...erased });
    });
    rest = await readNamed(deps.scan, state.named, pseudonyms);
  }
  const live = rest.items["live session"]?.length ?? 0;
  // The rest must be done later with the same pseudonyms: a second set would be a second user.
  if (rest.open === 0 && live === 0) await closeErasure(deps.table, state);
  return { erased, live, left: rest.left };
};

type Named = { items: Partial<Record<Kind, Item[]>>; open: number; left: string[] };

const readNamed = async (scan: Scan, named: Identifiers, pseudonyms: Pseudonyms): Promise<Named> => {
  const rest: Named = { items: {}, open: 0, left: [] };
  for await (const page of scan())
    for (const item of page) {
      const kind = kindOf(item);
      const key = `${String(item["pk"])} ${String(item["sk"])}`;
      if (kind === undefined) {
        if (!isOwn(item) && mentions(item, named)) rest.left.push(key);
        continue;
      }
      if (!namesPerson(item, kind, named, pseudonyms)) continue;
      const items = rest.items[kind] ?? [];
      items.push(item);
      rest.items[kind] = items;
      if (kind === "live session") continue;
      rest.open += 1;
      rest.left.push(key);
    }
  return rest;
};

const eraseRound = async (
  deps: EraseDeps,
  items: Named["items"],
  pseudonyms: Pseudonyms,
  done: (kind: Kind, count: number) => void,
): Promise<void> => {
  const { table, pace, retentionDays } = deps;
  const horizon = pace.now() - (retentionDays - RETENTION_MARGIN_DAYS) * DAY_MS;
  const each = async (kind: Kind, one: (item: Item) => Promise<boolean>) => {
    for (const item of items[kind] ?? []) if (await one(item)) done(kind, 1);
  };
  done("session", await eraseSessions(deps, items.session ?? [], pseudonyms, horizon));
  done("rollup", await eraseOldRollups(table, items.rollup ?? [], pseudonyms, horizon));
  await each("seat", (item) => eraseSeat(table, item, pseudonyms));
  await each("denial", (item) => eraseDenial(table, item, pseudonyms));
  await each("audit", (item) => eraseAudit(table, item, pseudonyms));
  await each("policy change", (item) => erasePolicy(table, item, pseudonyms, pace.now()));
  await each("user", (item) => eraseUser(table, item, pseudonyms));
};

const isOwn = ({ pk, sk }: Item): boolean => pk === "SERVER" && String(sk).startsWith("ERASURE#");

const mentions = (value: unknown, named: Identifiers): boolean =>
  typeof value === "object" && value !== null
    ? Object.values(value).some((part) => mentions(part, named))
    : typeof value === "string" && PERSON_FIELDS.some((field) => named[field].has(value));

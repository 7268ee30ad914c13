import { DAY_MS } from "../../contract/time.ts";
import type { CommitDeps } from "../../sessions/commit.ts";
import { RETENTION_MARGIN_DAYS } from "../../sessions/events.ts";
import type { Pace } from "../../store/retry.ts";
import type { Scan } from "../../store/scan.ts";
import type { Item } from "../../store/table.ts";
import { type Kind, kindOf, namesPerson } from "./kinds.ts";
import { eraseAudit, eraseUser } from "./mentions.ts";
import { eraseOldRollups } from "./old-rollups.ts";
import { type Disguise, disguiseOf, type Identifiers, PERSON_FIELDS } from "./person.ts";
import { eraseDenial, eraseSeat } from "./seats.ts";
import { eraseSessions } from "./sessions.ts";
import { closeErasure, openErasure } from "./state.ts";
import type { Survey } from "./survey.ts";

export type EraseDeps = CommitDeps & {
  pace: Pace;
  scan: Scan;
  retentionDays: number;
  /** Random, and kept by nobody. */
  newSecret: () => string;
};

export type Erasure = {
  /** How many items of each kind were disguised. */
  erased: Partial<Record<Kind, number>>;
  /** Live sessions that name the person: run it again once they have ended. Until then it is not forgotten. */
  live: number;
  /** Keys of items that still name the person and that it could not change, or that are none of its kinds. */
  left: string[];
};

/** Writers may be at the same items, so a round may leave some; and the last one has to find nothing. */
const ROUNDS = 6;

/**
 * Puts random pseudonyms in the place of a person's identifiers, wherever they stand. Sums and the number of users stay
 * what they are. Broken off at any point and run again, it ends as if it had never been; once it is done, nothing leads
 * from the pseudonyms back.
 */
export const erasePerson = async (
  deps: EraseDeps,
  asked: Identifiers,
  survey: Pick<Survey, "identifiers" | "openSince">,
  onProgress: (erased: Erasure["erased"]) => void,
): Promise<Erasure> => {
  const state = await openErasure(deps.table, asked, survey.identifiers, deps.newSecret);
  const disguise = disguiseOf(state, survey.openSince);
  const erased: Erasure["erased"] = {};
  let rest = await readNamed(deps.scan, state.named, disguise);
  for (let round = 0; round < ROUNDS && rest.open > 0; round += 1) {
    await eraseRound(deps, rest.items, disguise, (kind, count) => {
      erased[kind] = (erased[kind] ?? 0) + count;
      onProgress({ ...erased });
    });
    rest = await readNamed(deps.scan, state.named, disguise);
  }
  const live = rest.items["live session"]?.length ?? 0;
  // What is left is to be done later with the same pseudonyms: a second set would be a second user.
  if (rest.open === 0 && live === 0) await closeErasure(deps.table, state);
  return { erased, live, left: rest.left };
};

type Named = { items: Partial<Record<Kind, Item[]>>; open: number; left: string[] };

const readNamed = async (scan: Scan, named: Identifiers, disguise: Disguise): Promise<Named> => {
  const rest: Named = { items: {}, open: 0, left: [] };
  for await (const page of scan())
    for (const item of page) {
      const kind = kindOf(item);
      const key = `${String(item["pk"])} ${String(item["sk"])}`;
      if (kind === undefined) {
        if (!isOwn(item) && mentions(item, named)) rest.left.push(key);
        continue;
      }
      if (!namesPerson(item, kind, named, disguise)) continue;
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
  disguise: Disguise,
  done: (kind: Kind, count: number) => void,
): Promise<void> => {
  const { table, pace, retentionDays } = deps;
  const horizon = pace.now() - (retentionDays - RETENTION_MARGIN_DAYS) * DAY_MS;
  const each = async (kind: Kind, one: (item: Item) => Promise<boolean>) => {
    for (const item of items[kind] ?? []) if (await one(item)) done(kind, 1);
  };
  done("session", await eraseSessions(deps, items.session ?? [], disguise, horizon));
  done("rollup", await eraseOldRollups(table, items.rollup ?? [], disguise, horizon));
  await each("seat", (item) => eraseSeat(table, item, disguise));
  await each("denial", (item) => eraseDenial(table, item, disguise));
  await each("audit", (item) => eraseAudit(table, item, disguise));
  await each("user", (item) => eraseUser(table, item, disguise));
};

const isOwn = ({ pk, sk }: Item): boolean => pk === "SERVER" && String(sk).startsWith("ERASURE#");

const mentions = (value: unknown, named: Identifiers): boolean =>
  typeof value === "object" && value !== null
    ? Object.values(value).some((part) => mentions(part, named))
    : typeof value === "string" && PERSON_FIELDS.some((field) => named[field].has(value));

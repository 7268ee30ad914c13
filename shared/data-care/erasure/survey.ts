import { DAY_MS, type EpochMs } from "../../contract/time.ts";
import { LONGEST_PERIOD_DAYS } from "../../seats/period.ts";
import type { Scan } from "../../store/scan.ts";
import { bookBeginning, type Kind, kindOf, namesIn } from "./kinds.ts";
import { type Identifiers, identifiers, isNamed, PERSON_FIELDS, type PersonField } from "./person.ts";

/** What an erasure will touch. */
export type Survey = {
  /** How many items of each kind name the person. */
  items: Partial<Record<Kind, number>>;
  /** The identifiers that were asked for, and those that occur only beside them: they are the person's, too. */
  identifiers: Identifiers;
  /** Identifiers that occur beside them and elsewhere: they may be others', and stay unless they are named. */
  shared: Identifiers;
  /** When the oldest seat book began that may still be in use. */
  openSince: EpochMs;
};

/** Searches the table for the person with these identifiers. */
export const surveyPerson = async (scan: Scan, asked: Identifiers, now: EpochMs): Promise<Survey> => {
  const items: Survey["items"] = {};
  const [beside, elsewhere] = [emptySets(), emptySets()];
  let openSince = Number.POSITIVE_INFINITY;
  for await (const page of scan())
    for (const item of page) {
      const kind = kindOf(item);
      if (kind === undefined) continue;
      const begun = kind === "seat" || kind === "denial" ? bookBeginning(item) : Number.NEGATIVE_INFINITY;
      if (begun + LONGEST_PERIOD_DAYS * DAY_MS > now) openSince = Math.min(openSince, begun);
      const names = namesIn(item, kind);
      const isTheirs = isNamed(asked, names);
      if (isTheirs) items[kind] = (items[kind] ?? 0) + 1;
      // A user's item has a single identifier: it does not show which identifiers belong together.
      if (kind === "user") continue;
      for (const field of PERSON_FIELDS) {
        const value = names[field];
        if (value !== undefined) (isTheirs ? beside : elsewhere)[field].add(value);
      }
    }
  const pick = (wanted: (field: PersonField, value: string) => boolean): Identifiers =>
    identifiers(
      Object.fromEntries(PERSON_FIELDS.map((field) => [field, [...beside[field]].filter((one) => wanted(field, one))])),
    );
  const theirs = pick((field, value) => !elsewhere[field].has(value));
  return {
    items,
    openSince,
    identifiers: union(asked, theirs),
    shared: pick((field, value) => elsewhere[field].has(value) && !asked[field].has(value)),
  };
};

export const union = (one: Identifiers, other: Identifiers): Identifiers =>
  identifiers(Object.fromEntries(PERSON_FIELDS.map((field) => [field, [...one[field], ...other[field]]])));

const emptySets = (): Record<PersonField, Set<string>> => ({
  machineId: new Set(),
  kubernetesUsername: new Set(),
  clientUsername: new Set(),
  clientHostname: new Set(),
});

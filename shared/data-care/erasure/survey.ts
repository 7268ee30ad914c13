import { DAY_MS, type EpochMs } from "../../contract/time.ts";
import { LONGEST_PERIOD_DAYS } from "../../seats/period.ts";
import type { Scan } from "../../store/scan.ts";
import { bookBeginning, faceOf, type Kind, kindOf } from "./kinds.ts";
import { type Identifiers, identifiers, isNamed, PERSON_FIELDS, type PersonField } from "./person.ts";

/** What an erasure will touch. */
export type Survey = {
  /** How many items of each kind name the person. */
  items: Partial<Record<Kind, number>>;
  /** What was asked for, with what stands beside it and nowhere else: that is the person's, too. */
  identifiers: Identifiers;
  /** What stands beside it but elsewhere, too: it may be others', and stays unless it is named. */
  shared: Identifiers;
  /** When the first seat book began that may still be in use. */
  openSince: EpochMs;
};

/** Looks through the table for whom the identifiers name. */
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
      const face = faceOf(item, kind);
      const isTheirs = isNamed(asked, face);
      if (isTheirs) items[kind] = (items[kind] ?? 0) + 1;
      // A user's item has one identifier alone: it tells nothing of what belongs together.
      if (kind === "user") continue;
      for (const field of PERSON_FIELDS) {
        const value = face[field];
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

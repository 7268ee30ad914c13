import { createHash } from "node:crypto";
import { erasureKey, ITEM_VERSION, type Key } from "../../contract/keys.ts";
import type { Table } from "../../store/table.ts";
import { type Identifiers, identifiers, PERSON_FIELDS } from "./person.ts";
import { union } from "./survey.ts";

/** An erasure in progress: the identifiers it replaces, and the secret of its pseudonyms. Deleted once it is done. */
export type ErasureState = { key: Key; secret: string; named: Identifiers };

/** Starts an erasure, or continues one that was stopped, with the same pseudonyms and the identifiers it had found. */
export const openErasure = async (
  table: Table,
  asked: Identifiers,
  found: Identifiers,
  newSecret: () => string,
): Promise<ErasureState> => {
  const key = erasureKey(nameOf(asked));
  const stored = await table.get(key, { consistent: true });
  const before = (stored?.["named"] ?? {}) as Partial<Record<string, string[]>>;
  const named = union(found, identifiers(before));
  const secret = stored === undefined ? newSecret() : String(stored["secret"]);
  const item = { ...key, v: ITEM_VERSION, secret, named: listed(named) };
  const outcome = await table.write({
    kind: "put",
    item,
    condition:
      stored === undefined
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "secret = :secret", values: { ":secret": secret } },
  });
  // If two commands run for the same person, the second continues what the first began.
  return outcome.outcome === "written" ? { key, secret, named } : openErasure(table, asked, found, newSecret);
};

/** Deletes the erasure: from now on nothing leads from a pseudonym back to a person. */
export const closeErasure = async (table: Table, { key }: ErasureState): Promise<void> => {
  await table.write({ kind: "delete", key });
};

const listed = (named: Identifiers) => Object.fromEntries(PERSON_FIELDS.map((field) => [field, [...named[field]]]));

const nameOf = (asked: Identifiers): string =>
  createHash("sha256")
    .update(JSON.stringify(PERSON_FIELDS.map((field) => [...asked[field]].sort())))
    .digest("base64url")
    .slice(0, 22);

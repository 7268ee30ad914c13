import * as v from "valibot";
import { EDITIONS, type Edition } from "../contract/editions.ts";
import type { LicenseObject } from "../contract/responses.ts";

/** The terms that a license has with an edition. */
export type EditionTerms = {
  name: Edition;
  /** The licensed modules, in the file's order; null: all. */
  modules: readonly string[] | null;
  /** How many installations may hold a lease; null: unlimited. */
  maxOperators: number | null;
  /** The licensed throughput of all installations; null: unlimited. */
  maxRequestsPerSecond: number | null;
};

type Terms = { edition?: EditionTerms; minOperatorVersion: string | null };

/** The oldest operator version that the license allows; null: any. A premium license enforces none. */
export const enforcedMinimum = ({ edition, minOperatorVersion }: Terms): string | null =>
  edition?.name === "premium" ? null : minOperatorVersion;

/** How many installations may hold a lease; null: unlimited. A premium license enforces no number. */
export const enforcedMaxOperators = ({ edition }: Pick<Terms, "edition">): number | null =>
  edition?.name === "community" ? edition.maxOperators : null;

/** The terms under the names of license files and of the API. A plain license has none of them. */
export const editionFields = (edition: EditionTerms | undefined): EditionFields =>
  edition === undefined
    ? {}
    : {
        edition: edition.name,
        modules: edition.modules === null ? null : [...edition.modules],
        max_operators: edition.maxOperators,
        max_requests_per_second: edition.maxRequestsPerSecond,
      };

type EditionFields = Pick<LicenseObject, "edition" | "modules" | "max_operators" | "max_requests_per_second">;

/**
 * Reads the terms of an edition from the fields of a license file. Undefined for a plain license, and for an edition that
 * this release does not know: a new release of the vendor must not disable a paid license.
 */
export const readEdition = (fields: object): EditionReading => {
  const name = EDITIONS.find((edition) => edition === (fields as Record<string, unknown>)["edition"]);
  if (name === undefined) return { ok: true, edition: undefined };
  const result = v.safeParse(Fields, fields);
  if (!result.success)
    return { ok: false, faults: result.issues.map(({ path, message }) => `${path?.[0].key} ${message}`) };
  const { modules, max_operators: maxOperators, max_requests_per_second: maxRequestsPerSecond } = result.output;
  return { ok: true, edition: { name, modules, maxOperators, maxRequestsPerSecond } };
};

export type EditionReading = { ok: true; edition: EditionTerms | undefined } | { ok: false; faults: string[] };

const MODULES = "must be a list of names, or null for all modules";
const OPERATORS = "must be a whole number of at least 0, or null for unlimited";
const THROUGHPUT = "must be a number above 0, or null for unlimited";

// Every check has its own message, because the library's messages quote the value.
const Fields = v.object({
  modules: v.nullish(v.array(v.pipe(v.string(MODULES), v.nonEmpty(MODULES)), MODULES), null),
  max_operators: v.nullish(v.pipe(v.number(OPERATORS), v.safeInteger(OPERATORS), v.minValue(0, OPERATORS)), null),
  max_requests_per_second: v.nullish(
    v.pipe(v.number(THROUGHPUT), v.finite(THROUGHPUT), v.gtValue(0, THROUGHPUT)),
    null,
  ),
});

import { createHmac } from "node:crypto";
import type { PrimaryKey } from "../contract/primary-keys.ts";
import type { Pattern } from "../patterns/regular-expression.ts";

/**
 * How names of people and machines are shown. Only for output: group, count, sort and filter by the true values, or two
 * people whose shown names are equal become one.
 */
export type ShownNames = {
  /** Whether names are pseudonyms. A filter must then refuse true names, or callers could guess them. */
  readonly pseudonymsOnly: boolean;
  /** A Kubernetes user, a machine's user, a full name, the subject of an access token. */
  person(name: string): string;
  /** A host name. */
  machine(name: string): string;
  /** The id of a machine, the hash of its key. It is never stripped: nobody chose its text. */
  machineId(id: string): string;
  /** The value of a usage row that identifies its user. */
  identifier(key: PrimaryKey, value: string): string;
  /** The id of a seat. It is a hash of its user, which anybody could compute from a guessed name. */
  seat(id: string): string;
};

export type NameSettings = {
  /** Its matches are removed from shown names. */
  strip: Pattern | undefined;
  /** Makes pseudonyms. It is secret, so that nobody can compute the pseudonym of a guessed name. */
  pseudonymKey: string | undefined;
};

/** Digits of a pseudonym: with 48 bits, two of 10,000 people share one with a chance of 2 in 10 million. */
const DIGITS = 12;

/** Shows names as they are, stripped, or, with a key, as pseudonyms. */
export const createShownNames = ({ strip, pseudonymKey }: NameSettings): ShownNames => {
  const stripped = (name: string): string => strip?.removeFrom(name) || name;
  const digest = (kind: string, text: string): string =>
    createHmac("sha256", pseudonymKey ?? "")
      .update(`${kind}:${text}`)
      .digest("hex")
      .slice(0, DIGITS);
  const shown =
    (kind: string, otherwise: (text: string) => string) =>
    (text: string): string =>
      pseudonymKey === undefined ? otherwise(text) : `${kind}-${digest(kind, text)}`;
  const [person, machine, machineId] = [shown("user", stripped), shown("machine", stripped), shown("machine", asIs)];
  const of: Record<PrimaryKey, (text: string) => string> = {
    machine_id: machineId,
    username: person,
    client_username: person,
    client_hostname: machine,
    person,
  };
  return {
    pseudonymsOnly: pseudonymKey !== undefined,
    person,
    machine,
    machineId,
    identifier: (key, value) => of[key](value),
    seat: shown("seat", asIs),
  };
};

const asIs = (text: string): string => text;

import { createHmac } from "node:crypto";
import type { PrimaryKey } from "../contract/primary-keys.ts";

/**
 * How names of people and machines are shown. For what is written out alone: whoever groups, counts, sorts or filters does
 * so by the true values, or two people whose shown names are equal would become one.
 */
export type ShownNames = {
  /** Whether names are pseudonyms: a true name then must not be accepted as a filter, or names could be tried out. */
  readonly pseudonymsOnly: boolean;
  /** A Kubernetes user, a machine's user, a full name, the subject of an access token. */
  person(name: string): string;
  /** A host name. */
  machine(name: string): string;
  /** The id of a machine, the hash of its key: never stripped, for it is no text that anybody chose. */
  machineId(id: string): string;
  /** The value of a usage row by which users are told apart. */
  identifier(key: PrimaryKey, value: string): string;
  /** The id of a seat, which is a hash of its user that anybody could compute from a guess. */
  seat(id: string): string;
};

export type NameSettings = {
  /** A regular expression (ECMAScript, `u` flag): its matches are taken out of what is shown. */
  strip: string | undefined;
  /** Makes pseudonyms: a secret, so that nobody can compute the pseudonym of a guessed name. */
  pseudonymKey: string | undefined;
};

/** Digits of a pseudonym: with 48 bits, two of 10,000 people share one with a chance of 2 in 10 million. */
const DIGITS = 12;

/** Names as these settings have them shown: as they are, stripped, or, with a key, as pseudonyms alone. */
export const createShownNames = ({ strip, pseudonymKey }: NameSettings): ShownNames => {
  const pattern = strip === undefined ? undefined : new RegExp(strip, "gu");
  const stripped = (name: string): string => (pattern === undefined ? name : name.replace(pattern, "") || name);
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

import { createHmac } from "node:crypto";
import type { EpochMs } from "../../contract/time.ts";
import { userName } from "../../contract/user-names.ts";
import { seatIdOf } from "../../seats/book.ts";

/** The identifiers of a person, as usage names them. */
export const PERSON_FIELDS = ["machineId", "kubernetesUsername", "clientUsername", "clientHostname"] as const;
export type PersonField = (typeof PERSON_FIELDS)[number];

/** The identifiers of one person, by field. */
export type Identifiers = Readonly<Record<PersonField, ReadonlySet<string>>>;

/** The identifiers in one item. Some kinds of items have only some of them. */
export type Names = Partial<Record<PersonField, string>>;

export const identifiers = (values: Partial<Record<PersonField, Iterable<string>>>): Identifiers => ({
  machineId: new Set(values.machineId),
  kubernetesUsername: new Set(values.kubernetesUsername),
  clientUsername: new Set(values.clientUsername),
  clientHostname: new Set(values.clientHostname),
});

export const isNamed = (named: Identifiers, names: Names): boolean =>
  PERSON_FIELDS.some((field) => {
    const value = names[field];
    return value !== undefined && isAmong(named, field, value);
  });

/** Whether a text is one of the person's identifiers. */
export const isMentioned = (named: Identifiers, text: unknown): boolean =>
  typeof text === "string" && PERSON_FIELDS.some((field) => isAmong(named, field, text));

// Earlier releases stored user names with the white space around them, and in any Unicode form.
const isAmong = (named: Identifiers, field: PersonField, value: string): boolean =>
  named[field].has(value) || (USER_FIELDS.has(field) && named[field].has(userName(value)));

const USER_FIELDS: ReadonlySet<PersonField> = new Set(["kubernetesUsername", "clientUsername"]);

/** Replaces every identifier of the person by a pseudonym. All others stay. */
export type Pseudonyms = {
  field(field: PersonField, value: string): string;
  /** The same for an identifier of any kind, for example the actor or the filter in an audit row. */
  any(value: string, at: EpochMs): string;
  names<T extends Names>(names: T): T;
  /**
   * A seat's id is made of its holder's identifier. In a period that may still run it stays everywhere: its holder
   * still has the seat, and two ids would be two holders.
   */
  seatId(seatId: string, at: EpochMs): string;
};

/** A pseudonym follows from the identifier and the secret alone. Without the secret it cannot be reversed. */
export const pseudonymsOf = (
  { named, secret }: { named: Identifiers; secret: string },
  /** When the oldest seat book began that may still be in use. */
  openSince: EpochMs,
): Pseudonyms => {
  const pseudonym = (field: PersonField, value: string) =>
    `erased-${createHmac("sha256", secret).update(`${field}:${value}`).digest("base64url").slice(0, 22)}`;
  const field = (name: PersonField, value: string) => (isAmong(named, name, value) ? pseudonym(name, value) : value);
  const seatIds = new Map<string, string>();
  for (const id of named.machineId)
    seatIds.set(
      seatIdOf({ id, kubernetesUsername: "" }, "ClientCertificate"),
      seatIdOf({ id: pseudonym("machineId", id), kubernetesUsername: "" }, "ClientCertificate"),
    );
  for (const name of named.kubernetesUsername)
    seatIds.set(
      seatIdOf({ id: "", kubernetesUsername: name }, "KubernetesUser"),
      seatIdOf({ id: "", kubernetesUsername: pseudonym("kubernetesUsername", name) }, "KubernetesUser"),
    );
  const seatId = (id: string, at: EpochMs) => (at >= openSince ? id : (seatIds.get(id) ?? id));
  return {
    field,
    seatId,
    any: (value, at) => {
      const name = PERSON_FIELDS.find((one) => isAmong(named, one, value));
      return name === undefined ? seatId(value, at) : pseudonym(name, value);
    },
    names: (names) => {
      const replaced = { ...names };
      for (const name of PERSON_FIELDS) {
        const value = names[name];
        if (value !== undefined) replaced[name] = field(name, value);
      }
      return replaced;
    },
  };
};

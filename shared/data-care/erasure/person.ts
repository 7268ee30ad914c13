import { createHmac } from "node:crypto";
import type { EpochMs } from "../../contract/time.ts";
import { userName } from "../../contract/user-names.ts";
import { seatIdOf } from "../../seats/book.ts";

/** What a person is known by, as usage names it. */
export const PERSON_FIELDS = ["machineId", "kubernetesUsername", "clientUsername", "clientHostname"] as const;
export type PersonField = (typeof PERSON_FIELDS)[number];

/** Identifiers of one person, by what they are. */
export type Identifiers = Readonly<Record<PersonField, ReadonlySet<string>>>;

/** The identifiers that stand in one item; some kinds of items have only some. */
export type Face = Partial<Record<PersonField, string>>;

export const identifiers = (values: Partial<Record<PersonField, Iterable<string>>>): Identifiers => ({
  machineId: new Set(values.machineId),
  kubernetesUsername: new Set(values.kubernetesUsername),
  clientUsername: new Set(values.clientUsername),
  clientHostname: new Set(values.clientHostname),
});

export const isNamed = (named: Identifiers, face: Face): boolean =>
  PERSON_FIELDS.some((field) => {
    const value = face[field];
    return value !== undefined && isAmong(named, field, value);
  });

// Earlier releases stored user names with the white space around them, and in any Unicode form.
const isAmong = (named: Identifiers, field: PersonField, value: string): boolean =>
  named[field].has(value) || (USER_FIELDS.has(field) && named[field].has(userName(value)));

const USER_FIELDS: ReadonlySet<PersonField> = new Set(["kubernetesUsername", "clientUsername"]);

/** Puts a pseudonym in the place of every identifier of the person; all others stay. */
export type Disguise = {
  field(field: PersonField, value: string): string;
  /** The same for an identifier of whatever kind, as where an audit row says who acted or what was filtered by. */
  any(value: string, at: EpochMs): string;
  face<T extends Face>(face: T): T;
  /**
   * A seat's id is made of its holder's identifier. In a period that may still run it stays, wherever it stands: its
   * holder has it still, and with two ids would be two.
   */
  seatId(seatId: string, at: EpochMs): string;
};

/** The pseudonym of an identifier follows from it and the secret alone, and cannot be led back without the secret. */
export const disguiseOf = (
  { named, secret }: { named: Identifiers; secret: string },
  /** When the first seat book began that may still be in use. */
  openSince: EpochMs,
): Disguise => {
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
    face: (face) => {
      const disguised = { ...face };
      for (const name of PERSON_FIELDS) {
        const value = face[name];
        if (value !== undefined) disguised[name] = field(name, value);
      }
      return disguised;
    },
  };
};

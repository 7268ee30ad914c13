import { DENIAL_PREFIX, ROLLUP_PREFIX, SEAT_PREFIX, USER_KINDS, usersPartition } from "../../contract/keys.ts";
import { type EpochMs, startOf } from "../../contract/time.ts";
import type { SessionClient } from "../../sessions/record.ts";
import type { Item } from "../../store/table.ts";
import { type Disguise, type Face, type Identifiers, isNamed, PERSON_FIELDS } from "./person.ts";

/** The kinds of items in which a person is named. */
export const KINDS = ["live session", "session", "rollup", "seat", "denial", "audit", "user"] as const;
export type Kind = (typeof KINDS)[number];

/** What kind of item it is; undefined where nobody is named in such. */
export const kindOf = (item: Item): Kind | undefined => {
  const [pk, sk] = [String(item["pk"]), String(item["sk"])];
  if (pk.startsWith("SESSION#") && sk === "SESSION") return item["state"] === "live" ? "live session" : "session";
  if (sk.startsWith(ROLLUP_PREFIX)) return "rollup";
  if (pk.startsWith("SEATS#") && sk.startsWith(SEAT_PREFIX)) return "seat";
  if (pk.startsWith("SEATS#") && sk.startsWith(DENIAL_PREFIX)) return "denial";
  if (pk.startsWith("AUDIT#")) return "audit";
  return USER_KINDS.some((kind) => usersPartition(kind) === pk) ? "user" : undefined;
};

/** Who is named in an item. */
export const faceOf = (item: Item, kind: Kind): Face => {
  if (kind === "session" || kind === "live session") {
    const client = item["client"] as SessionClient;
    return {
      machineId: client.id,
      kubernetesUsername: client.kubernetesUsername,
      clientUsername: client.username,
      clientHostname: client.hostname,
    };
  }
  if (kind === "user") {
    const identity = String(item["sk"]);
    return item["pk"] === usersPartition("machine") ? { machineId: identity } : { kubernetesUsername: identity };
  }
  const named = PERSON_FIELDS.filter((field) => typeof item[field] === "string");
  return Object.fromEntries(named.map((field) => [field, String(item[field])]));
};

/** Whether an item names the person; an audit row may do so by whoever acted, and by the id of a seat. */
export const namesPerson = (item: Item, kind: Kind, named: Identifiers, disguise: Disguise): boolean =>
  isNamed(named, faceOf(item, kind)) || (kind === "audit" && disguisedAudit(item, disguise) !== item);

/** An audit row with the person's identifiers replaced wherever they stand; the very same row where there are none. */
export const disguisedAudit = (item: Item, disguise: Disguise): Item => {
  const face = faceOf(item, "audit");
  const at = Date.parse(String(item["time"]));
  const isElse = (name: string) => !Object.hasOwn(face, name) && name !== "pk" && name !== "sk";
  const mentioned = Object.entries(item).filter(([name, value]) => isElse(name) && typeof value === "string");
  const after: Item = {
    ...disguise.face(face),
    ...Object.fromEntries(mentioned.map(([name, value]) => [name, disguise.any(String(value), at)])),
  };
  return Object.entries(after).every(([name, value]) => item[name] === value) ? item : { ...item, ...after };
};

/** When the period of a seat book began that an item is in: its partition ends in that day. */
export const bookBeginning = (item: Item): EpochMs => startOf(String(item["pk"]).split("#").at(-1) ?? "");

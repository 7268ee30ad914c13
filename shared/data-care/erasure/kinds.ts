import {
  CATALOG_HISTORY_PARTITION,
  CATALOG_PARTITION,
  DENIAL_PREFIX,
  FLOATING_PERIOD,
  ROLLUP_PREFIX,
  SEAT_PREFIX,
  USER_KINDS,
  usersPartition,
} from "../../contract/keys.ts";
import { type EpochMs, startOf } from "../../contract/time.ts";
import type { CiInfo, SessionClient } from "../../sessions/record.ts";
import type { Item } from "../../store/table.ts";
import { type Identifiers, isMentioned, isNamed, type Names, PERSON_FIELDS, type Pseudonyms } from "./person.ts";

/** The kinds of items that name a person. */
export const KINDS = ["live session", "session", "rollup", "seat", "denial", "audit", "user", "policy change"] as const;
export type Kind = (typeof KINDS)[number];

/** The kind of an item; undefined if such items name nobody. */
export const kindOf = (item: Item): Kind | undefined => {
  const [pk, sk] = [String(item["pk"]), String(item["sk"])];
  if (pk.startsWith("SESSION#") && sk === "SESSION") return item["state"] === "live" ? "live session" : "session";
  if (sk.startsWith(ROLLUP_PREFIX)) return "rollup";
  if (pk.startsWith("SEATS#") && sk.startsWith(SEAT_PREFIX)) return "seat";
  if (pk.startsWith("SEATS#") && sk.startsWith(DENIAL_PREFIX)) return "denial";
  if (pk.startsWith("AUDIT#")) return "audit";
  if (pk === CATALOG_PARTITION || pk === CATALOG_HISTORY_PARTITION) return "policy change";
  return USER_KINDS.some((kind) => usersPartition(kind) === pk) ? "user" : undefined;
};

/** The identifiers in an item. */
export const namesIn = (item: Item, kind: Kind): Names => {
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

/**
 * Whether an item names the person. An audit row may do so by its actor, or by the id of a seat, a CI run by
 * what triggered it, a policy by who changed it.
 */
export const namesPerson = (item: Item, kind: Kind, named: Identifiers, pseudonyms: Pseudonyms): boolean =>
  isNamed(named, namesIn(item, kind)) ||
  isMentioned(named, triggerIn(item)) ||
  (kind === "policy change" && isMentioned(named, item["updatedBy"])) ||
  (kind === "audit" && withPseudonyms(item, pseudonyms) !== item);

// Who or what triggered a CI run, in a session's record or in a rollup row.
const triggerIn = (item: Item): unknown => (item["ciInfo"] as CiInfo | undefined)?.triggeredBy ?? item["trigger"];

/** An audit row with all of the person's identifiers replaced; the same object if it has none. */
export const withPseudonyms = (item: Item, pseudonyms: Pseudonyms): Item => {
  const names = namesIn(item, "audit");
  const at = Date.parse(String(item["time"]));
  const isElse = (name: string) => !Object.hasOwn(names, name) && name !== "pk" && name !== "sk";
  const mentioned = Object.entries(item).filter(([name, value]) => isElse(name) && typeof value === "string");
  const after: Item = {
    ...pseudonyms.names(names),
    ...Object.fromEntries(mentioned.map(([name, value]) => [name, pseudonyms.any(String(value), at)])),
  };
  return Object.entries(after).every(([name, value]) => item[name] === value) ? item : { ...item, ...after };
};

/**
 * When the billing period of an item's seat book began: the book's partition key ends with that day. A book of floating seats
 * has no period and is always in use.
 */
export const bookBeginning = (item: Item): EpochMs => {
  const period = String(item["pk"]).split("#").at(-1) ?? "";
  return period === FLOATING_PERIOD ? Number.POSITIVE_INFINITY : startOf(period);
};

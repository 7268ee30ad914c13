import { expect, it } from "vitest";
import { countComplaints } from "../../support/seat-model/counted.ts";

const BOOK = "SEATS#acme#ClientCertificate#floating";
const CLAIM = "2026-11-10T12:00:00.000Z 1";

const counter = (more: object) => ({ pk: BOOK, sk: "COUNTER", ...more });
const seat = (id: string, more: object = {}) => ({ pk: BOOK, sk: `SEAT#${id}`, id, claim: CLAIM, ...more });
const session = (id: string, holds: object | undefined, state = "live") => ({
  ...{ pk: `SESSION#${id}`, sk: "SESSION", state },
  ...(holds === undefined ? {} : { holds }),
});
const holds = (id: string) => ({ book: BOOK, seat: id, claim: CLAIM });

const SOUND = [
  counter({ claimed: 3, common: 2, pool_ml: 1 }),
  seat("a", { live: 2 }),
  seat("b", { live: 0 }),
  seat("c", { live: 1, pool: "ml" }),
  ...[session("1", holds("a")), session("2", holds("a")), session("3", holds("c")), session("4", undefined)],
  ...[session("5", holds("b"), "ended"), session("6", { slot: 3 }), session("7", { slot: 3 })],
  { pk: "SLOTS", sk: "SLOTS#3", held: 2 },
  { pk: "SLOTS", sk: "SLOTS#4", held: 0 },
];

it("a table in which all is counted once has no complaint", () => {
  expect(countComplaints(SOUND)).toEqual([]);
});

it.each<[string, object, number]>([
  ["a seat that is counted and not there", counter({ claimed: 4, common: 2, pool_ml: 1 }), 1],
  ["a pool that counts a common seat", counter({ claimed: 3, common: 1, pool_ml: 2 }), 2],
  ["a session that is over and counted", seat("a", { live: 3 }), 1],
  ["a session that is live and not counted", seat("c", { live: 0, pool: "ml" }), 1],
  ["a session of an earlier claim that is counted", seat("c", { live: 1, pool: "ml", claim: "another" }), 1],
  ["a slot that nobody holds", { pk: "SLOTS", sk: "SLOTS#4", held: 1 }, 1],
  ["a slot that is held and not counted", { pk: "SLOTS", sk: "SLOTS#3", held: 1 }, 1],
])("%s is seen", (_, wrong, complaints) => {
  const key = ({ pk, sk }: { pk?: unknown; sk?: unknown }) => `${pk} ${sk}`;
  const items = SOUND.map((item) => (key(item) === key(wrong) ? wrong : item));
  expect(countComplaints(items as Record<string, unknown>[])).toHaveLength(complaints);
});

it("a book without pools and live counts, as plain period writes it, is sound", () => {
  expect(countComplaints([counter({ claimed: 1 }), seat("a"), session("1", undefined)])).toEqual([]);
});

import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { formatTime, MINUTE_MS } from "../../../shared/contract/time.ts";
import { HOSTILE_TEXTS, hostileJson } from "../../support/attacks/hostile.ts";
import { withstanding } from "../../support/attacks/withstand.ts";
import { runsOf } from "../../support/deep.ts";
import { operatorAt } from "../../support/operator.ts";
import { sharedServer } from "../../support/server.ts";

const server = sharedServer();
const withstands = withstanding(server);

const LISTS = [
  { path: "/api/v1/sessions", entries: "sessions" },
  { path: "/api/v1/operators", entries: "operators" },
  { path: "/api/v1/seats", entries: "seats" },
  { path: "/api/v1/audit", entries: "entries" },
  { path: "/api/v1/reports/errors", entries: "entries" },
] as const;
type List = (typeof LISTS)[number];

let bearer: string;
const ask = ({ path }: List, query: string) => server().call("GET", `${path}?${query}`, { bearer });

const cursors: Record<string, unknown>[] = [];
const whole = new Map<string, unknown[]>();

beforeAll(async () => {
  bearer = await server().accessToken(["sessions:read", "operators:read", "seats:read", "audit:read", "reports:read"]);
  for (const id of ["op-1", "op-2", "op-3"]) {
    const operator = operatorAt(server(), id);
    await operator.registers();
    await operator.starts(`s-${id}-1`, `user-${id}`);
    await operator.starts(`s-${id}-2`, `user-${id}`);
    const errors = [1, 2].map((n) => ({ timestamp: formatTime(server().clock.now - n * MINUTE_MS), error: `e-${n}` }));
    await operator.beats([`s-${id}-1`, `s-${id}-2`], { errors });
  }
  for (const list of LISTS) {
    const all = await ask(list, "limit=1000");
    whole.set(list.path, all.json[list.entries]);
    const { next } = (await ask(list, "limit=2")).json;
    cursors.push(JSON.parse(Buffer.from(next, "base64url").toString("utf8")));
  }
});

const KEYS = [
  "OPERATORS",
  "SESSION#s-op-1-1",
  "SESSION",
  "LICENSE",
  "AUDIT#2026-11-10",
  "ERRORS#2026-11-10",
  "op-2",
  "",
];
const json = fc.oneof(hostileJson, fc.constantFrom(...KEYS.map((key) => JSON.stringify(key))));

/** A cursor that the server gave, with something else in place of one of its values. */
const changed = fc.tuple(fc.nat(), fc.nat(), json).map(([which, where, put]) => {
  const text = JSON.stringify(cursors[which % cursors.length]);
  const values = [...text.matchAll(/(?<=:)"(?:[^"\\]|\\.)*"/g)];
  const place = values[where % values.length];
  if (place === undefined) return text;
  return text.slice(0, place.index) + put + text.slice(place.index + place[0].length);
});

const cursor = fc.oneof(
  { weight: 4, arbitrary: changed.map((text) => Buffer.from(text).toString("base64url")) },
  { weight: 1, arbitrary: json.map((text) => Buffer.from(text).toString("base64url")) },
  { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_TEXTS).map((text) => text.toWellFormed()) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("base64")) },
);

describe.each(LISTS)("$path with a cursor of any making", (list) => {
  it("is a 400, or answers with entries of this list alone", async () => {
    await fc.assert(
      fc.asyncProperty(cursor, async (text) => {
        const answer = await withstands(() => ask(list, `cursor=${encodeURIComponent(text)}`));
        if (answer.status === 400) {
          for (const { path } of answer.json.errors) expect(path).toBe("query.cursor");
          return;
        }
        expect(answer.status).toBe(200);
        expect(whole.get(list.path)).toEqual(expect.arrayContaining(answer.json[list.entries]));
      }),
      { numRuns: runsOf(30) },
    );
  });

  it("and unpaired surrogates, in any of its texts, is a 400", async () => {
    const own = JSON.stringify(cursors[LISTS.indexOf(list)]);
    const places = [...own.matchAll(/(?<=:)"(?:[^"\\]|\\.)*"/g)];
    expect(places.length).toBeGreaterThan(0);
    for (const lone of ["\\ud800", "\\udfff", "\\udc00\\ud800"])
      for (const { index, 0: text } of places) {
        const changedText = `${own.slice(0, index + text.length - 1)}${lone}${own.slice(index + text.length - 1)}`;
        for (const json of [changedText, own.replace(text, () => `"${lone}"`)]) {
          const answer = await ask(list, `cursor=${Buffer.from(json).toString("base64url")}`);
          expect([answer.status, answer.json.errors?.[0]?.path], json).toEqual([400, "query.cursor"]);
        }
      }
  });

  it("that is written otherwise than the server writes it is a 400, and its own is good", async () => {
    const own = cursors[LISTS.indexOf(list)];
    const text = JSON.stringify(own);
    const given = Buffer.from(text).toString("base64url");
    expect((await ask(list, `cursor=${given}`)).status).toBe(200);
    const others = [
      `${given}=`,
      `${given}.`,
      `${given}AA`,
      `${given.slice(0, -1)}`,
      `%20${given}`,
      Buffer.from(text.replace(":", ": ")).toString("base64url"),
      Buffer.from(text.replace("{", '{"x":1,')).toString("base64url"),
      Buffer.from(text.replace(/^\{("[^"]+"):/, (start, key) => `${start}null,${key}:`)).toString("base64url"),
      Buffer.from(`${text}\xff`, "latin1").toString("base64url"),
    ];
    for (const other of others) expect((await ask(list, `cursor=${other}`)).status, other).toBe(400);
  });

  it("given by another list is a 400, and reads nothing", async () => {
    for (const [place, other] of cursors.entries()) {
      if (LISTS[place] === list) continue;
      const text = Buffer.from(JSON.stringify(other)).toString("base64url");
      const before = server().consumed.length;
      expect((await ask(list, `cursor=${text}`)).status).toBe(400);
      // The tokens that are revoked are asked for; of the list nothing is.
      expect(server().consumed.length - before).toBeLessThanOrEqual(1);
    }
  });
});

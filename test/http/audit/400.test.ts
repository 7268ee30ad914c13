import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime } from "../../../shared/contract/time.ts";
import { auditWrite } from "../../../shared/store/audit.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { sharedServer } from "../../support/server.ts";

const server = sharedServer();

const ask = async (query: Record<string, string>) =>
  server().call("GET", `/api/v1/audit?${new URLSearchParams(query)}`, {
    bearer: await server().accessToken(["audit:read"]),
  });

const written = (cursor: unknown): string => Buffer.from(JSON.stringify(cursor)).toString("base64url");

const FROM = START - 2 * DAY_MS;
const FROM_TO = { from: formatTime(FROM), to: formatTime(START) };

/** The cursor of a first page, as the server gave it. */
const given = async (): Promise<string> => {
  const rows = [0, 1, 2].flatMap((place) => {
    const write = auditWrite({ action: "test.row", actor: "a" }, FROM + place, `id-${place}`, 100);
    return write.kind === "put" ? [write.item] : [];
  });
  await server().table.batchPut(rows);
  const { next } = expectSuccess("auditList", await ask({ ...FROM_TO, limit: "1" }));
  return next ?? "";
};

type Parts = { range: { from: string; to: string }; position: { day: string; after?: { pk: string; sk: string } } };
const opened = (cursor: string): Parts => JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as Parts;

describe("a cursor", () => {
  it("of this list is good, with the times of the first page or without", async () => {
    const cursor = await given();
    const [one, other] = [await ask({ ...FROM_TO, limit: "1", cursor }), await ask({ limit: "1", cursor })];
    expect(expectSuccess("auditList", one).entries).toEqual(expectSuccess("auditList", other).entries);
    expect(one.json.entries).toHaveLength(1);
  });

  it("of other times is refused", async () => {
    const cursor = await given();
    for (const other of [{ from: formatTime(FROM + 1) }, { to: formatTime(START - 1) }])
      expectProblem(await ask({ ...FROM_TO, ...other, cursor }), 400, "BadRequest", ["query.cursor"]);
  });

  it("that points to where this list cannot end is refused, and no other partition is read with it", async () => {
    const { range, position } = opened(await given());
    const { day, after } = position;
    const [pk, sk] = [after?.pk ?? "", after?.sk ?? ""];
    expect(pk).not.toBe("");
    const bad: unknown[] = [
      { range, position: { day, after: { pk: "OPERATORS", sk } } },
      { range, position: { day, after: { pk: "AUDIT#2026-11-09", sk } } },
      { range, position: { day, after: { pk, sk: formatTime(FROM - 1) } } },
      { range, position: { day, after: { pk, sk: `${formatTime(START + 1)}#id` } } },
      { range, position: { day, after: { pk, sk: "op-1" } } },
      { range, position: { day, after: { pk, sk: "" } } },
      { range, position: { day, after: { pk, sk: "x".repeat(1_100) } } },
      { range, position: { day, after: { pk, sk, list: "LIVE#op-1" } } },
      { range, position: { day: "2026-11-07" } },
      { range, position: { day: "2026-11-11" } },
      { range, position: { day: "2026-13-45" } },
      { range, position: { day: "2026-11-09T00" } },
      { range: { from: range.from }, position },
      { range: { ...range, from: "0" }, position },
      { range: { ...range, from: Date.parse(range.from) }, position },
      { range: { ...range, to: "+010000-01-01T00:00:00.000Z" }, position },
      { range },
      { position },
      { instanceId: "op-1" },
      [],
      null,
      "text",
    ];
    for (const cursor of bad) {
      const answer = await ask({ cursor: written(cursor) });
      expect(answer.status, JSON.stringify(cursor)).toBe(400);
      expectProblem(answer, 400, "BadRequest", ["query.cursor"]);
    }
  });

  it.each(["", "no base64 at all", "%%%", "x".repeat(2_049)])("that is no cursor is refused: %j", async (cursor) => {
    expectProblem(await ask({ cursor }), 400, "BadRequest", ["query.cursor"]);
  });
});

describe("a time that is none", () => {
  it("is refused, with every other fault", async () => {
    const answer = await ask({ from: "yesterday", to: "2026-11-31T00:00:00Z", limit: "0", colour: "red" });
    expectProblem(answer, 400, "BadRequest", ["query.colour", "query.from", "query.limit", "query.to"]);
  });

  it("is one that ends before it begins", async () => {
    expectProblem(await ask({ from: FROM_TO.to, to: FROM_TO.from }), 400, "BadRequest", ["query.to"]);
  });
});

import { describe, expect, it } from "vitest";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { heartbeatBody, type Json } from "../../support/wire.ts";

const server = sharedServer();
const send = (changes: Json) =>
  server().call("POST", "/api/v1/heartbeat", { body: heartbeatBody(server().clock.now, changes) });
const ids = (count: number) => Array.from({ length: count }, (_, place) => `s-${place}`);

const LISTS: [list: string, limit: number][] = [
  ["sessions", 5_000],
  ["started", 500],
  ["ended", 500],
  ["changed", 500],
  ["errors", 100],
  ["children", 5_000],
  ["stopped", 500],
];

describe("a heartbeat's list", () => {
  it.each(LISTS)(
    "%s has at most %i entries: one more is refused, by the list's name and its limit",
    async (list, limit) => {
      const answer = await leavingNoTrace(server(), () => send({ [list]: ids(limit + 1) }));
      const { detail } = expectProblem(answer, 413, "PayloadTooLarge").json;
      expect(detail).toContain(list);
      expect(detail).toContain(String(limit));
      for (const [other] of LISTS) if (other !== list) expect(detail).not.toContain(other);
    },
  );

  it.each(LISTS)("%s may have all of its %i", async (list, limit) => {
    expectSuccess("heartbeat", await send({ instance_id: `op-${list}`, [list]: ids(limit) }));
  });
});

it("every list that is too long is named at once", async () => {
  const answer = await leavingNoTrace(server(), () =>
    send(Object.fromEntries(LISTS.map(([list]) => [list, ids(5_001)]))),
  );
  const { detail } = expectProblem(answer, 413, "PayloadTooLarge").json;
  for (const [list, limit] of LISTS) expect(detail).toMatch(new RegExp(`\\b${list}\\b.*\\b${limit}\\b`));
});

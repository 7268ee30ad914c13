import { expect, it } from "vitest";
import { expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest();

it("the list of sessions that hold many ports comes in pages that a function can answer, and none is left out", async () => {
  const under = operatorAt(server());
  const locked_ports = Array.from({ length: 60 }, (_, port) => ({
    port: port + 1,
    kind: "steal",
    filter: "f".repeat(1_000),
  }));
  const ids = Array.from({ length: 112 }, (_, number) => `s-${number + 100}`);
  for (let first = 0; first < ids.length; first += 14) {
    const started = ids.slice(first, first + 14).map((id) => under.start(id, "ana", { ci: true, locked_ports }));
    expect((await under.beats(ids.slice(0, first + 14), { started })).status).toBe(200);
  }
  const listed: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const answer = await server().call("GET", `/api/v1/sessions?limit=1000${cursor === "" ? "" : `&cursor=${cursor}`}`);
    expect(answer.bytes.length).toBeLessThan(4_500_000);
    const page = expectSuccess("sessionList", answer);
    listed.push(...page.sessions.map(({ id }) => id));
    cursor = page.next;
  }
  expect(listed.toSorted()).toEqual(ids);
});

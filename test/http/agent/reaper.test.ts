import { expect, it } from "vitest";
import { formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { agentAt } from "../../support/agent.ts";
import { expectSuccess } from "../../support/answers.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedSession } from "../../support/table-truth.ts";

const server = serverPerTest();
const operators = async () =>
  expectSuccess("operatorList", await server().call("GET", "/api/v1/operators")).operators.map(({ state }) => state);

it("an agent that sends no list for two days keeps its lease, and its sessions end at its last list", async () => {
  const agent = agentAt(server());
  await agent.registers();
  await agent.beats(["s-1"], { started: [agent.start("s-1")] });
  server().clock.now += 10 * MINUTE_MS;
  await agent.beats(["s-1"]);
  const endedAt = formatTime(server().clock.now);
  for (let hours = 0; hours <= 48; hours += 4) {
    server().clock.now += 4 * HOUR_MS;
    await agent.beats(undefined);
    await server().invoke("reaper");
  }
  expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", endedAt });
  expect(await operators()).toEqual(["active"]);

  server().clock.now += MINUTE_MS;
  await agent.beats(["s-1"]);
  expect(await storedSession(server(), "s-1")).toMatchObject({ state: "live" });
});

import { beforeEach, describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../../shared/contract/time.ts";
import { StoreUnavailable } from "../../../shared/store/table.ts";
import { expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { expectDigest, expectSoundTable, storedSession } from "../../support/table-truth.ts";

let failing: string | undefined;
beforeEach(() => {
  failing = undefined;
});
const server = serverPerTest({
  around: (table, name) =>
    name === "heartbeat"
      ? {
          ...table,
          transact: async (writes) => {
            if (failing !== undefined && JSON.stringify(writes).includes(failing))
              throw new StoreUnavailable("an outage");
            return table.transact(writes);
          },
        }
      : table,
});

const SESSIONS = ["s-1", "s-2", "s-3"];
const running = async () => {
  const operator = operatorAt(server());
  for (const id of SESSIONS) await operator.starts(id);
  for (let minute = 0; minute < 3; minute += 1) await beats(operator, SESSIONS);
  return operator;
};
const beats = async (operator: ReturnType<typeof operatorAt>, sessions: readonly string[]) => {
  server().clock.now += MINUTE_MS;
  expectSuccess("heartbeat", await operator.beats(sessions));
};
const states = () => Promise.all(SESSIONS.map(async (id) => (await storedSession(server(), id))?.["state"]));

describe("a session that cannot be reconciled", () => {
  it("keeps no other from being ended as lost, and is ended by the next heartbeat", async () => {
    const operator = await running();
    failing = "SESSION#s-2";
    await beats(operator, []);
    expect(await states()).toEqual(["lost", "live", "lost"]);
    failing = undefined;
    await beats(operator, []);
    expect(await states()).toEqual(["lost", "lost", "lost"]);
    await expectDigest(server(), "op-1", []);
    await expectSoundTable(server());
  });

  it("keeps no other from being revived, and is revived by the next heartbeat", async () => {
    const operator = await running();
    await beats(operator, []);
    expect(await states()).toEqual(["lost", "lost", "lost"]);
    failing = "SESSION#s-1";
    await beats(operator, SESSIONS);
    expect(await states()).toEqual(["lost", "live", "live"]);
    failing = undefined;
    await beats(operator, SESSIONS);
    expect(await states()).toEqual(["live", "live", "live"]);
    await expectDigest(server(), "op-1", SESSIONS);
    await expectSoundTable(server());
  });
});

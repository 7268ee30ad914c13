import { describe, expect, it } from "vitest";
import { formatTime, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { type Server, serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { clientOf } from "../../support/wire.ts";

const PERIOD_END = Date.parse("2026-12-05T00:00:00Z");
const TERMS = { type: "teams", max_seats: 1, subscription_id: "sub-1" };

/** The operator's own call, in the middle of which something else arrives. */
let meanwhile: (() => Promise<unknown>) | undefined;
const server = serverPerTest({
  terms: TERMS,
  around: (table, name) =>
    name === "sessions"
      ? {
          ...table,
          transact: async (writes) => {
            const work = meanwhile;
            meanwhile = undefined;
            await work?.();
            return table.transact(writes);
          },
        }
      : table,
});

const starts = async (app: Server, sessionId: string, user: string) =>
  expectSuccess("sessionStart", await operatorAt(app).starts(sessionId, user), 201);
const denials = async (app: Server) =>
  (await storedUnder(app, "SEATS#")).filter(({ sk }) => String(sk).startsWith("DENIAL#"));
const denied = async (app: Server) =>
  (await storedUnder(app, "AUDIT#")).filter(({ action }) => action === "seat.denied");

/** An end of ben's session that carries its start, as an operator sends it if the start's call has failed. */
const endWithStart = (app: Server) => {
  const under = operatorAt(app);
  return under.ends("s-ben", { start: under.start("s-ben", "ben", { client: clientOf("ben") }) });
};

describe("a start that is known is never refused and counts no denial, although all seats are taken", () => {
  it("where its end, which carried it, came before it", async () => {
    const app = server();
    await starts(app, "s-ana", "ana");
    expectSuccess("sessionEnd", await endWithStart(app));
    expectProblem(await operatorAt(app).starts("s-ben", "ben"), 409, "SessionEnded");
    expect(await denials(app)).toEqual([]);
    expect(await denied(app)).toEqual([]);
  });

  it("where that end arrives while the start is being decided", async () => {
    const app = server();
    await starts(app, "s-ana", "ana");
    meanwhile = () => endWithStart(app);
    expectProblem(await operatorAt(app).starts("s-ben", "ben"), 409, "SessionEnded");
    expect(await denials(app)).toEqual([]);
  });

  it("where the operator's clock is ahead at the period's boundary and the start is sent again", async () => {
    const app = server();
    app.clock.now = PERIOD_END - MINUTE_MS;
    const ahead = { started_at: formatTime(app.clock.now + 3 * MINUTE_MS) };
    const under = operatorAt(app);
    expectSuccess("sessionStart", await under.starts("s-ana", "ana", ahead), 201);
    app.clock.now = PERIOD_END + SECOND_MS;
    await starts(app, "s-ben", "ben");
    expectSuccess("sessionStart", await under.starts("s-ana", "ana", ahead), 200);
    expect(await denials(app)).toEqual([]);
  });

  it("where the license was swapped before the start is sent again", async () => {
    const app = server();
    await starts(app, "s-ana", "ana");
    await app.setLicense({ ...TERMS, subscription_id: "sub-2" });
    app.clock.now += MINUTE_MS;
    await starts(app, "s-ben", "ben");
    expectSuccess("sessionStart", await operatorAt(app).starts("s-ana", "ana"), 200);
    expect(await denials(app)).toEqual([]);
  });
});

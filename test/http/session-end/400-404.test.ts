import { beforeEach, describe, it } from "vitest";
import { DAY_MS, formatTime, MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { type BadValues, NOT_A_TIME, NOT_AN_ID, NOT_AN_OBJECT, notText, orNull } from "../../support/bad-values.ts";
import { operatorAt } from "../../support/operator.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { leaseToken } from "../../support/tokens.ts";
import { endBody, startBody } from "../../support/wire.ts";
import { withValue } from "../../unit/contract/faults.ts";

const server = sharedServer();
const now = () => server().clock.now;
const operator = () => operatorAt(server());
beforeEach(() => operator().starts("s-live"));

const whole = () =>
  endBody(now(), { sent_at: formatTime(now()), reason: "r", start: startBody(now(), { session_id: "s-live" }) });

const FIELDS: Record<string, BadValues> = {
  ended_at: NOT_A_TIME,
  sent_at: orNull(NOT_A_TIME),
  reason: orNull(notText(128)),
  start: orNull(NOT_AN_OBJECT),
  "start.session_id": NOT_AN_ID,
  "start.instance_id": NOT_AN_ID,
  "start.started_at": NOT_A_TIME,
  "start.client.id": NOT_AN_ID,
  "start.target.namespace": notText(128),
};

const refuse = async (body: unknown, paths: readonly string[], id = "s-live") =>
  expectProblem(
    await leavingNoTrace(server(), () => server().call("POST", `/api/v1/sessions/${id}/end`, { body })),
    400,
    "BadRequest",
    paths,
  );

describe.each(Object.entries(FIELDS))("%s of an end", (path, values) => {
  it.each(values)("may not be %s", async (_label, value) => {
    await refuse(withValue(whole(), path, value), [path]);
  });
});

describe("an end is refused", () => {
  it("with all its faults at once", async () => {
    const body = {
      ended_at: "now",
      sent_at: "",
      reason: "a\nb",
      start: { ...startBody(now()), client: { id: "#" } },
    };
    await refuse(body, [
      "ended_at",
      "sent_at",
      "reason",
      "start.client.id",
      "start.client.hostname",
      "start.client.username",
      "start.client.kubernetes_username",
    ]);
  });

  it("longer ago than sessions are kept, less three days", async () => {
    const old = now() - (1_825 - 3) * DAY_MS - 1;
    const start = startBody(old - MINUTE_MS, { session_id: "s-old" });
    await refuse(endBody(old, { start }), ["ended_at", "start.started_at"], "s-old");
  });

  it("with a start from a clock that was wrong, which would count for years", async () => {
    const start = startBody(0, { session_id: "s-1970", sent_at: undefined });
    await refuse(endBody(now(), { start }), ["ended_at", "start.started_at"], "s-1970");
  });

  it("with the start of another session", async () => {
    await refuse(endBody(now(), { start: startBody(now(), { session_id: "s-other" }) }), ["start.session_id"]);
  });

  it.each([
    ["a character that no id has", "a%20b"],
    ["a hash", "a%23b"],
    ["a line break", "a%0Ab"],
    ["more than 128 characters", "x".repeat(129)],
    ["a letter beyond ASCII", "%C3%A9"],
  ])("for an id in the path with %s", async (_what, id) => {
    await refuse(endBody(now()), ["path.id"], id);
  });
});

describe("an end whose start is unknown", () => {
  it("is a 404 where it does not carry it, by key and by lease", async () => {
    const bearer = await leaseToken(server());
    for (const credential of [{}, { bearer }]) {
      const by = operatorAt(server(), "op-1", credential);
      expectProblem(await leavingNoTrace(server(), () => by.ends("s-nowhere")), 404, "NotFound");
    }
  });

  it("is a 403 to another operator's lease where the start it carries is of one that is heard of", async () => {
    await operator().registers();
    const by = operatorAt(server(), "op-2", { bearer: await leaseToken(server(), "op-2") });
    const ends = () => by.ends("s-foreign", { start: operator().start("s-foreign") });
    expectProblem(await leavingNoTrace(server(), ends), 403, "Forbidden");
  });

  it("is taken once it carries it", async () => {
    expectProblem(await operator().ends("s-late"), 404, "NotFound");
    expectSuccess("sessionEnd", await operator().ends("s-late", { start: operator().start("s-late") }));
  });
});

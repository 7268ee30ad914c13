import { describe, expect, it } from "vitest";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { type BadValues, NOT_A_LIST, NOT_A_TIME, NOT_AN_ID, notText, orNull } from "../../support/bad-values.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { heartbeatBody, type Json } from "../../support/wire.ts";
import { withValue } from "../../unit/contract/faults.ts";

const server = sharedServer();
const whole = () =>
  heartbeatBody(server().clock.now, {
    cluster_name: "c",
    nonce: "n",
    sessions: ["s-1"],
    started: [],
    ended: [],
    changed: [],
    errors: [],
  });

const NOT_A_BEAT: BadValues = [
  ["text", "1"],
  ["null", null],
  ["negative", -1],
  ["a fraction", 1.5],
  ["beyond what is exact", 2 ** 53],
];

const FIELDS: Record<string, BadValues> = {
  instance_id: NOT_AN_ID,
  operator_version: notText(64),
  cluster_name: orNull(notText(128)),
  seq: NOT_A_BEAT,
  sent_at: NOT_A_TIME,
  nonce: orNull(notText(128)),
  sessions: NOT_A_LIST,
  "sessions.0": NOT_AN_ID,
  started: orNull(NOT_A_LIST),
  ended: orNull(NOT_A_LIST),
  changed: orNull(NOT_A_LIST),
  errors: orNull(NOT_A_LIST),
};

const send = (body: unknown) => server().call("POST", "/api/v1/heartbeat", { body });
const refuse = async (body: unknown, paths: readonly string[]) =>
  expectProblem(await leavingNoTrace(server(), () => send(body)), 400, "BadRequest", paths);

describe.each(Object.entries(FIELDS))("%s of a heartbeat", (path, values) => {
  it.each(values)("may not be %s", async (_label, value) => {
    await refuse(withValue(whole(), path, value), [path]);
  });
});

describe("a heartbeat", () => {
  it("is told all its faults at once", async () => {
    await refuse({ operator_version: "", seq: "1", sent_at: "now", sessions: ["s-1", "a b", 7], started: {} }, [
      "instance_id",
      "operator_version",
      "seq",
      "sent_at",
      "sessions.1",
      "sessions.2",
      "started",
    ]);
  });

  it("takes the last value of every bound", async () => {
    const text = "é".repeat(128);
    const changes: Json = {
      instance_id: "i".repeat(128),
      operator_version: "v".repeat(64),
      cluster_name: text,
      nonce: text,
      seq: Number.MAX_SAFE_INTEGER,
      sessions: ["x".repeat(128)],
    };
    expectSuccess("heartbeat", await send({ ...whole(), ...changes }));
    expectSuccess("heartbeat", await send({ ...whole(), seq: 0 }));
  });

  it("may carry fields that nobody knows, nested as deep as its size allows", async () => {
    const deep = `${"[".repeat(400_000)}${"]".repeat(400_000)}`;
    const raw = JSON.stringify(whole()).replace(/\}$/, `,"deep":${deep},"__proto__":{"nonce":"mine"}}`);
    expectSuccess("heartbeat", await server().call("POST", "/api/v1/heartbeat", { raw }));
    expect({}).not.toHaveProperty("nonce");
  });
});

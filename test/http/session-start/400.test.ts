import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime } from "../../../shared/contract/time.ts";
import { expectProblem } from "../../support/answers.ts";
import {
  type BadValues,
  NOT_A_FLAG,
  NOT_A_LIST,
  NOT_A_PORT,
  NOT_A_TIME,
  NOT_AN_ID,
  NOT_AN_OBJECT,
  notText,
  orNull,
} from "../../support/bad-values.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { clientOf, startBody, TARGET } from "../../support/wire.ts";
import { withValue } from "../../unit/contract/faults.ts";

const server = sharedServer();
const now = () => server().clock.now;

/** A start that uses every field. */
const whole = () =>
  startBody(now(), {
    sent_at: formatTime(now()),
    ci: false,
    key: "k",
    branch: "b",
    client: { ...clientOf("ana"), name: "Ana", cli_version: "3.1.0" },
    target: { ...TARGET, container: "main" },
    locked_ports: [{ port: 80, kind: "steal", filter: "x" }],
    features: ["steal"],
    profile: "default",
  });

const FIELDS: Record<string, BadValues> = {
  session_id: NOT_AN_ID,
  instance_id: NOT_AN_ID,
  started_at: NOT_A_TIME,
  sent_at: orNull(NOT_A_TIME),
  ci: orNull(NOT_A_FLAG),
  key: orNull(notText(128)),
  branch: orNull(notText(255)),
  client: NOT_AN_OBJECT,
  "client.id": NOT_AN_ID,
  "client.hostname": notText(253),
  "client.username": notText(128),
  "client.name": orNull(notText(128)),
  "client.kubernetes_username": notText(253),
  "client.cli_version": orNull(notText(64)),
  target: NOT_AN_OBJECT,
  "target.namespace": notText(128),
  "target.kind": notText(128),
  "target.name": notText(253),
  "target.container": orNull(notText(128)),
  locked_ports: orNull(NOT_A_LIST),
  "locked_ports.0.port": NOT_A_PORT,
  "locked_ports.0.kind": notText(128),
  "locked_ports.0.filter": orNull(notText(1_024)),
  features: orNull(NOT_A_LIST),
  "features.0": notText(128),
  profile: orNull(notText(128)),
};

const refuse = async (body: unknown, paths: readonly string[]) =>
  expectProblem(
    await leavingNoTrace(server(), () => server().call("POST", "/api/v1/sessions", { body })),
    400,
    "BadRequest",
    paths,
  );

describe.each(Object.entries(FIELDS))("%s", (path, values) => {
  it.each(values)("may not be %s", async (_label, value) => {
    await refuse(withValue(whole(), path, value), [path]);
  });
});

describe("a start", () => {
  it("gets all its faults at once", async () => {
    const body = {
      session_id: "not an id",
      started_at: "yesterday",
      sent_at: 5,
      ci: "no",
      client: { hostname: "x".repeat(254), username: "a\tb", kubernetes_username: "" },
      target: { namespace: null, kind: "deployment", name: ["checkout"] },
      locked_ports: [{ port: 80, kind: "steal" }, { port: 0 }],
      features: ["steal", 1],
    };
    await refuse(body, [
      "session_id",
      "instance_id",
      "started_at",
      "sent_at",
      "ci",
      "client.id",
      "client.hostname",
      "client.username",
      "client.kubernetes_username",
      "target.namespace",
      "target.name",
      "locked_ports.1.port",
      "locked_ports.1.kind",
      "features.1",
    ]);
  });

  it.each<[string, number, unknown]>([
    ["locked_ports", 64, { port: 80, kind: "steal" }],
    ["features", 32, "steal"],
  ])("has a bounded number of %s: %i", async (list, most, entry) => {
    await refuse({ ...whole(), [list]: Array(most + 1).fill(entry) }, [list]);
  });

  it("may not lie longer ago than sessions are kept, less three days", async () => {
    const kept = 1_825 - 3;
    await refuse({ ...whole(), started_at: formatTime(now() - kept * DAY_MS - 1) }, ["started_at"]);
    await refuse({ ...whole(), started_at: "0000-01-01T00:00:00Z" }, ["started_at"]);
    const body = { ...whole(), session_id: "s-old", started_at: formatTime(now() - kept * DAY_MS) };
    expect((await server().call("POST", "/api/v1/sessions", { body })).status).toBe(201);
  });

  it("with lists nested as deep as its size allows is refused, not choked on", async () => {
    const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
    const raw = JSON.stringify({ ...whole(), features: "DEEP" }).replace(`"DEEP"`, `[${deep}]`);
    const answer = await leavingNoTrace(server(), () => server().call("POST", "/api/v1/sessions", { raw }));
    expectProblem(answer, 400, "BadRequest", ["features.0"]);
  });

  it("gets nothing out of __proto__, at any depth", async () => {
    const raw = JSON.stringify({ ...whole(), client: "CLIENT" }).replace(
      `"CLIENT"`,
      `{"__proto__":${JSON.stringify(clientOf("ana"))}}`,
    );
    const answer = await leavingNoTrace(server(), () => server().call("POST", "/api/v1/sessions", { raw }));
    expectProblem(answer, 400, "BadRequest", [
      "client.hostname",
      "client.id",
      "client.kubernetes_username",
      "client.username",
    ]);
    expect({}).not.toHaveProperty("hostname");
  });
});

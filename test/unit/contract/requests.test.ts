import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { REQUEST_EXAMPLES } from "../../../shared/contract/examples.ts";
import {
  HeartbeatBody,
  Id,
  LicensePostBody,
  OperatorErrorEvent,
  SessionChild,
  SessionEndBody,
  SessionEndEvent,
  SessionStartBody,
  SessionStopEvent,
} from "../../../shared/contract/requests.ts";
import { faultsOf, withValue } from "./faults.ts";

const { sessionStart, sessionEnd, heartbeat, licensePost } = REQUEST_EXAMPLES;
const agent = {
  version: "0.2.0",
  process_id: "p-51c0",
  enforces: false,
  applies_catalog: false,
  kills_previews: true,
  observed_at: "2026-11-20T08:04:59.000Z",
};
const ciInfo = { provider: "github", environment: "staging", pipeline: "deploy", triggered_by: "push" };
const machineStart = {
  ...sessionStart,
  session_kind: "ci",
  ci_info: ciInfo,
  parent_id: "parent-1",
  copy_target: true,
  target_labels: { app: "checkout" },
  header_filter: "x-user: ana",
};
const child = { session_id: "child-1", parent_id: "parent-1", session_kind: "user", key: "k", branch: "main" };
const stopped = { session_id: "session-1", outcome: "forbidden", detail: "sessions is forbidden" };
const [operatorError] = heartbeat.errors;

const BODIES = {
  sessionStart: [SessionStartBody, sessionStart],
  sessionEnd: [SessionEndBody, sessionEnd],
  sessionEndEvent: [SessionEndEvent, heartbeat.ended[0]],
  heartbeat: [HeartbeatBody, heartbeat],
  licensePost: [LicensePostBody, licensePost],
  operatorError: [OperatorErrorEvent, operatorError],
  machineStart: [SessionStartBody, machineStart],
  agentBeat: [HeartbeatBody, { ...heartbeat, cluster_id: "6f9e", agent }],
  agentRegistration: [LicensePostBody, { ...licensePost, cluster_id: "6f9e", agent }],
  child: [SessionChild, child],
  stopped: [SessionStopEvent, stopped],
} as const satisfies Record<string, readonly [v.GenericSchema, object]>;

type BodyName = keyof typeof BODIES;

const faultsWith = (name: BodyName, path: string, value: unknown): string[] => {
  const [schema, example] = BODIES[name];
  return faultsOf(schema, withValue(example, path, value));
};

const TEXTS: readonly [BodyName, string, number][] = [
  ["sessionStart", "key", 128],
  ["sessionStart", "branch", 255],
  ["sessionStart", "profile", 128],
  ["sessionStart", "features.0", 128],
  ["sessionStart", "client.hostname", 253],
  ["sessionStart", "client.username", 128],
  ["sessionStart", "client.name", 128],
  ["sessionStart", "client.kubernetes_username", 253],
  ["sessionStart", "client.cli_version", 64],
  ["sessionStart", "target.namespace", 128],
  ["sessionStart", "target.kind", 128],
  ["sessionStart", "target.name", 253],
  ["sessionStart", "target.container", 128],
  ["sessionStart", "locked_ports.0.kind", 128],
  ["sessionStart", "locked_ports.0.filter", 1024],
  ["sessionEnd", "reason", 128],
  ["heartbeat", "operator_version", 64],
  ["heartbeat", "cluster_name", 128],
  ["heartbeat", "nonce", 128],
  ["licensePost", "operator_version", 64],
  ["licensePost", "cluster_name", 128],
  ["licensePost", "nonce", 128],
  ["operatorError", "error", 4096],
  ["machineStart", "ci_info.provider", 128],
  ["machineStart", "ci_info.environment", 128],
  ["machineStart", "ci_info.pipeline", 128],
  ["machineStart", "ci_info.triggered_by", 128],
  ["machineStart", "header_filter", 1024],
  ["agentBeat", "agent.version", 64],
  ["child", "key", 128],
  ["child", "branch", 255],
  ["stopped", "detail", 1024],
];

const OPTIONAL: readonly [BodyName, string][] = [
  ["sessionStart", "sent_at"],
  ["sessionStart", "ci"],
  ["sessionStart", "key"],
  ["sessionStart", "branch"],
  ["sessionStart", "client.name"],
  ["sessionStart", "client.cli_version"],
  ["sessionStart", "target.container"],
  ["sessionStart", "locked_ports"],
  ["sessionStart", "locked_ports.0.filter"],
  ["sessionStart", "features"],
  ["sessionStart", "profile"],
  ["sessionEnd", "sent_at"],
  ["sessionEnd", "reason"],
  ["sessionEndEvent", "start"],
  ["sessionEndEvent", "start.key"],
  ["heartbeat", "cluster_name"],
  ["heartbeat", "nonce"],
  ["heartbeat", "started"],
  ["heartbeat", "ended"],
  ["heartbeat", "changed"],
  ["heartbeat", "errors"],
  ["licensePost", "cluster_name"],
  ["licensePost", "nonce"],
  ["machineStart", "session_kind"],
  ["machineStart", "ci_info"],
  ["machineStart", "ci_info.provider"],
  ["machineStart", "parent_id"],
  ["machineStart", "copy_target"],
  ["machineStart", "target_labels"],
  ["machineStart", "header_filter"],
  ["sessionEndEvent", "inferred"],
  ["agentBeat", "operator_version"],
  ["agentBeat", "cluster_id"],
  ["agentBeat", "agent.observed_at"],
  ["agentBeat", "sessions"],
  ["agentBeat", "children"],
  ["agentBeat", "stopped"],
  ["agentRegistration", "operator_version"],
  ["agentRegistration", "cluster_id"],
  ["child", "key"],
  ["child", "branch"],
  ["stopped", "detail"],
];

const IDS: readonly [BodyName, string][] = [
  ["sessionStart", "session_id"],
  ["sessionStart", "instance_id"],
  ["sessionStart", "client.id"],
  ["sessionEndEvent", "session_id"],
  ["sessionEndEvent", "start.session_id"],
  ["heartbeat", "instance_id"],
  ["heartbeat", "sessions.0"],
  ["licensePost", "instance_id"],
  ["agentBeat", "cluster_id"],
  ["agentBeat", "agent.process_id"],
  ["agentRegistration", "cluster_id"],
  ["child", "session_id"],
  ["stopped", "session_id"],
];

/** Where an id comes in: what has one of the others is known already. */
const NEW_IDS: readonly [BodyName, string][] = [
  ["sessionStart", "session_id"],
  ["sessionStart", "instance_id"],
  ["sessionStart", "client.id"],
  ["sessionEndEvent", "start.session_id"],
  ["licensePost", "instance_id"],
  ["agentBeat", "cluster_id"],
  ["agentBeat", "agent.process_id"],
  ["agentRegistration", "cluster_id"],
  ["child", "session_id"],
];
const KNOWN_IDS = IDS.filter(([body, at]) => !NEW_IDS.some(([name, path]) => name === body && path === at));

const TIMES: readonly [BodyName, string][] = [
  ["sessionStart", "started_at"],
  ["sessionStart", "sent_at"],
  ["sessionEnd", "ended_at"],
  ["sessionEnd", "sent_at"],
  ["sessionEndEvent", "start.started_at"],
  ["heartbeat", "sent_at"],
  ["operatorError", "timestamp"],
  ["agentBeat", "agent.observed_at"],
];

const ID_FAULT = "must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -";
const DOTS_FAULT = "must not have . or .. as a part between slashes: clients remove it from a path";
const TIME_FAULT = "must be an RFC 3339 date-time, as 2026-11-20T08:00:00Z";

describe("text", () => {
  it.each(TEXTS)("of %s %s has 1 to %i characters", (name, path, most) => {
    expect(faultsWith(name, path, "é".repeat(most))).toEqual([]);
    expect(faultsWith(name, path, "x".repeat(most + 1))).toEqual([`${path}: must be at most ${most} characters long`]);
    expect(faultsWith(name, path, "")).toEqual([`${path}: must not be empty`]);
    expect(faultsWith(name, path, 7)).toEqual([`${path}: must be a string`]);
  });

  it.each(TEXTS)("of %s %s holds nothing that forges a line or turns what is read", (name, path) => {
    for (const bad of [
      "\n",
      "\r",
      "\t",
      "\0",
      "\x1b[2J",
      "\x7f",
      "\x85",
      "\u2028",
      "\u2029",
      "\u202e",
      "\u2066",
      "\ud800",
    ])
      expect(faultsWith(name, path, `a${bad}b`)).toEqual([`${path}: must not contain control characters`]);
  });

  it("may be in any script, with emoji", () => {
    expect(faultsWith("sessionStart", "client.name", "Łukasz 李 👩‍💻 عمر")).toEqual([]);
  });
});

it("a list is no object, even where the object has no required fields", () => {
  for (const path of ["ci_info", "target_labels"])
    expect(faultsWith("machineStart", path, [])).toEqual([`${path}: must be an object`]);
});

describe("ids", () => {
  it.each(IDS)("of %s %s take 1 to 128 characters of their alphabet", (name, path) => {
    for (const good of ["a", "A-Z_a.z:0@9/+=-", "x".repeat(128)]) expect(faultsWith(name, path, good)).toEqual([]);
    for (const bad of ["", "x".repeat(129), "a b", "a#b", "a%2Fb", "a\n", "é", "a?b"])
      expect(faultsWith(name, path, bad)).toEqual([`${path}: ${ID_FAULT}`]);
    const isOptional = OPTIONAL.some(([body, at]) => body === name && at === path);
    expect(faultsWith(name, path, null)).toEqual(isOptional ? [] : [`${path}: must be a string`]);
  });

  const DOTTED = [".", "..", "../a", "a/..", "a/./b", "a/../b", "/..", "./", "a//.."];
  const DOTS_INSIDE = ["...", "a..b", ".a", "a.", "..a/b", "a/..b", "a/b..", "a//b", "//", "/a/", "4Jb+/q//Zw=="];

  it.each(NEW_IDS)("of %s %s that a client's tidied path would lose are refused with the reason", (name, path) => {
    for (const bad of DOTTED) expect(faultsWith(name, path, bad)).toEqual([`${path}: ${DOTS_FAULT}`]);
    for (const good of DOTS_INSIDE) expect(faultsWith(name, path, good)).toEqual([]);
  });

  it.each(["machineStart", "child"] as const)("of the parent of a %s have no dot", (name) => {
    const fault = "must be 1 to 128 characters of A-Z a-z 0-9 _ : @ / + = -";
    for (const good of ["a", "mc-0123456789abcdef", "x".repeat(128)])
      expect(faultsWith(name, "parent_id", good)).toEqual([]);
    for (const bad of ["", "x".repeat(129), "a b", "a.12345678", "..", "a/../b", "é"])
      expect(faultsWith(name, "parent_id", bad)).toEqual([`parent_id: ${fault}`]);
  });

  it.each(KNOWN_IDS)("of %s %s may be such, from before they were refused", (name, path) => {
    for (const good of [...DOTTED, ...DOTS_INSIDE]) expect(faultsWith(name, path, good)).toEqual([]);
  });

  it("survive a path: percent-encoded and back they are the same", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._:@/+=-]{1,128}$/), (id) => {
        expect(v.parse(Id, decodeURIComponent(encodeURIComponent(id)))).toBe(id);
      }),
    );
  });
});

describe("times", () => {
  it.each(TIMES)("of %s %s are RFC 3339 with any offset", (name, path) => {
    for (const good of ["2026-11-20T08:00:00Z", "2026-11-20T08:00:00.123456+05:30", "2024-02-29T00:00:00-11:00"])
      expect(faultsWith(name, path, good)).toEqual([]);
    for (const bad of ["2026-11-20", "2026-02-29T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T08:00:00", "", "now"])
      expect(faultsWith(name, path, bad)).toEqual([`${path}: ${TIME_FAULT}`]);
    expect(faultsWith(name, path, 1_795_161_600_000)).toEqual([`${path}: must be a string`]);
  });

  it("come out as epoch milliseconds", () => {
    const body = withValue(sessionStart, "started_at", "2026-11-20T10:00:00.250+02:00");
    expect(v.parse(SessionStartBody, body).started_at).toBe(Date.UTC(2026, 10, 20, 8, 0, 0, 250));
  });
});

describe("numbers and lists", () => {
  it.each([1, 65_535])("take the port %i", (port) => {
    expect(faultsWith("sessionStart", "locked_ports.0.port", port)).toEqual([]);
  });

  it.each([0, -1, 65_536, 1.5, "8080", null, Number.NaN])("refuse the port %j", (port) => {
    const faults = faultsWith("sessionStart", "locked_ports.0.port", port);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^locked_ports\.0\.port: must be /);
  });

  it.each([0, 42, Number.MAX_SAFE_INTEGER])("take the beat %i", (seq) => {
    expect(faultsWith("heartbeat", "seq", seq)).toEqual([]);
  });

  it.each([-1, 0.5, 2 ** 53, "1"])("refuse the beat %j", (seq) => {
    expect(faultsWith("heartbeat", "seq", seq)).toHaveLength(1);
  });

  it("bound a session's locked ports and features", () => {
    const port = { port: 80, kind: "steal" };
    expect(faultsWith("sessionStart", "locked_ports", Array(64).fill(port))).toEqual([]);
    expect(faultsWith("sessionStart", "locked_ports", Array(65).fill(port))).toEqual([
      "locked_ports: must have at most 64 entries",
    ]);
    expect(faultsWith("sessionStart", "features", Array(32).fill("f"))).toEqual([]);
    expect(faultsWith("sessionStart", "features", Array(33).fill("f"))).toEqual([
      "features: must have at most 32 entries",
    ]);
  });
});

describe("the kind of a session", () => {
  it.each(["user", "ci"])("%s needs a client", (kind) => {
    const start = withValue(machineStart, "session_kind", kind) as object;
    expect(faultsOf(SessionStartBody, withValue(start, "client", undefined))).toEqual(["client: is required"]);
  });

  it("preview needs no client, and may have one", () => {
    const preview = withValue(machineStart, "session_kind", "preview") as object;
    expect(faultsOf(SessionStartBody, preview)).toEqual([]);
    expect(faultsOf(SessionStartBody, withValue(preview, "client", undefined))).toEqual([]);
  });

  it("is one of three", () => {
    expect(faultsWith("machineStart", "session_kind", "robot")).toEqual([
      "session_kind: must be one of user, ci, preview",
    ]);
  });
});

describe("labels of a target", () => {
  it("have keys and values as Kubernetes allows them, also empty values", () => {
    const labels = { [`${"x".repeat(253)}/${"y".repeat(63)}`]: "z".repeat(63), empty: "" };
    expect(faultsWith("machineStart", "target_labels", labels)).toEqual([]);
    expect(faultsWith("machineStart", "target_labels", { app: "z".repeat(64) })).toEqual([
      "target_labels.app: must be at most 63 characters long",
    ]);
    expect(faultsWith("machineStart", "target_labels", { app: "a\nb" })).toEqual([
      "target_labels.app: must not contain control characters",
    ]);
  });

  it("are at most 64", () => {
    const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`l${at}`, "v"]));
    expect(faultsWith("machineStart", "target_labels", labels(64))).toEqual([]);
    expect(faultsWith("machineStart", "target_labels", labels(65))).toEqual([
      "target_labels: must have at most 64 entries",
    ]);
  });
});

describe("what an agent may leave out", () => {
  it.each(["operator_version", "sessions"])("%s is required of an operator", (field) => {
    expect(faultsWith("agentBeat", field, undefined)).toEqual([]);
    expect(faultsWith("heartbeat", field, undefined)).toEqual([`${field}: is required`]);
  });

  it("is the operator's version when it registers", () => {
    expect(faultsWith("agentRegistration", "operator_version", undefined)).toEqual([]);
    expect(faultsWith("licensePost", "operator_version", undefined)).toEqual(["operator_version: is required"]);
  });
});

describe("an optional field", () => {
  it.each(OPTIONAL)("of %s %s may be null, and is absent then", (name, path) => {
    const [schema, example] = BODIES[name];
    const sample = name === "sessionEndEvent" ? withValue(example, "start.key", "k") : example;
    const parsed = (value: unknown) => v.parse(schema, withValue(sample as object, path, value));
    expect(parsed(null)).toEqual(parsed(undefined));
  });
});

describe("a body", () => {
  it.each(Object.keys(BODIES) as BodyName[])("of %s may have fields that nobody knows, and they are gone", (name) => {
    const [schema, example] = BODIES[name];
    const result = v.parse(schema, { ...example, invented_later: { deep: [1] } });
    expect(result).not.toHaveProperty("invented_later");
  });

  it.each(["text", 1, null, true])("that is no object (%j) is refused", (value) => {
    expect(faultsOf(SessionStartBody, value)).toEqual([": must be an object"]);
  });

  it("is told all its faults at once, each where it is", () => {
    const body = {
      session_id: "not an id",
      started_at: "yesterday",
      ci: "yes",
      client: { id: "c", hostname: "", username: "ana\n" },
      target: [],
      locked_ports: [{ port: 80, kind: "steal" }, { port: 0 }],
    };
    expect(faultsOf(SessionStartBody, body).toSorted()).toEqual(
      [
        `session_id: ${ID_FAULT}`,
        "instance_id: is required",
        `started_at: ${TIME_FAULT}`,
        "ci: must be true or false",
        "client.hostname: must not be empty",
        "client.username: must not contain control characters",
        "client.kubernetes_username: is required",
        "target: must be an object",
        "locked_ports.1.port: must be a port, 1 to 65535",
        "locked_ports.1.kind: is required",
      ].toSorted(),
    );
  });

  it("cannot reach the prototype of what comes out", () => {
    const hostile = JSON.parse(`{"__proto__": {"ci": true}, "constructor": 1}`) as object;
    const result = v.parse(SessionStartBody, Object.assign(Object.create(null), sessionStart, hostile));
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(result.ci).toBe(false);
  });

  it("of a session start is no CI session unless it says so", () => {
    expect(v.parse(SessionStartBody, withValue(sessionStart, "ci", undefined)).ci).toBe(false);
  });

  it("of a heartbeat is good even if an event in it is not: events are checked one by one", () => {
    const events = [{ nonsense: true }, null, 7];
    const body = { ...heartbeat, started: events, ended: events, changed: events, errors: events };
    expect(faultsOf(HeartbeatBody, body)).toEqual([]);
    expect(faultsOf(HeartbeatBody, { ...heartbeat, started: {} })).toEqual(["started: must be a list"]);
  });
});

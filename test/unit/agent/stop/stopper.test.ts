import { describe, expect, it } from "vitest";
import type { Kube, KubeOutcome, KubeRequest } from "../../../../agent/kube/kube.ts";
import type { StopTarget } from "../../../../agent/sessions/types.ts";
import { idForms } from "../../../../agent/stop/attempt.ts";
import { createStopper, type Stopped } from "../../../../agent/stop/stopper.ts";
import { check } from "../../../../shared/contract/check.ts";
import { SessionStopEvent } from "../../../../shared/contract/requests.ts";

const T0 = Date.parse("2026-11-02T09:00:00.000Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const API = "/apis/operator.metalbear.co/v1/sessions";

const SESSION: StopTarget = { kind: "MirrordClusterSession", name: "00abcdef12345678" };
const DECIMAL = BigInt("0x00abcdef12345678").toString();
const PARENT: StopTarget = { kind: "MirrordMultiClusterSession", name: "mc-00abcdef12345678" };
const PREVIEW: StopTarget = { kind: "PreviewSession", namespace: "shop", name: "preview-session-1", uid: "u-1" };

const status = (code: number, reason: string): KubeOutcome => ({
  kind: "answer",
  status: code,
  body: { kind: "Status", reason, message: `${reason} message` },
  date: undefined,
});
const done = status(200, "");
const notFound = status(404, "NotFound");
const unparsable = status(404, "failed to parse request");

type Setting = { targets?: Record<string, StopTarget>; killsPreviews?: boolean };

/** A stopper whose cluster answers by the last part of the path; anything else is 404. */
const createWorld = ({ targets = { one: SESSION }, killsPreviews = false }: Setting = {}) => {
  const calls: KubeRequest[] = [];
  const outcomes: Stopped[] = [];
  const troubles = new Map<string, string>();
  const told: string[] = [];
  const world = { now: T0, answers: {} as Record<string, KubeOutcome> };
  const kube: Pick<Kube, "call"> = {
    call: async (request) => {
      calls.push(request);
      return world.answers[request.path.split("/").at(-1) ?? ""] ?? notFound;
    },
  };
  const stopper = createStopper({
    kube: kube as Kube,
    sessions: { stopTarget: (id) => targets[id] },
    killsPreviews,
    now: () => world.now,
    onOutcome: (stopped) => outcomes.push(stopped),
    trouble: (key, text) => {
      if (text === undefined) troubles.delete(key);
      else if (!troubles.has(key)) told.push(text);
      if (text !== undefined) troubles.set(key, text);
    },
  });
  return { ...stopper, world, calls, outcomes, told, paths: () => calls.map(({ path }) => path) };
};

describe("the forms of an id", () => {
  it("are decimal, hexadecimal, and the name as it is, each once", () => {
    expect(idForms("00abcdef12345678")).toEqual([DECIMAL, "abcdef12345678", "00abcdef12345678"]);
    expect(idForms("ffffffffffffffff")).toEqual(["18446744073709551615", "ffffffffffffffff"]);
    expect(idForms("mc-00abcdef12345678")).toEqual(["mc-00abcdef12345678"]);
  });
});

describe("a request to stop", () => {
  it("uses the decimal id", async () => {
    const { stop, world, calls, outcomes } = createWorld();
    world.answers = { [DECIMAL]: done };
    await stop(["one"]);
    expect(calls).toEqual([{ method: "DELETE", path: `${API}/${DECIMAL}` }]);
    expect(outcomes).toEqual([{ session_id: "one", outcome: "requested" }]);
  });

  it.each([
    ["the hexadecimal id", "abcdef12345678", [DECIMAL, "abcdef12345678"]],
    ["the name", "00abcdef12345678", [DECIMAL, "abcdef12345678", "00abcdef12345678"]],
  ])("tries %s after a 404", async (_form, known, tried) => {
    const { stop, world, paths, outcomes } = createWorld();
    world.answers = { [known]: done };
    await stop(["one"]);
    expect(paths()).toEqual(tried.map((form) => `${API}/${form}`));
    expect(outcomes[0]?.outcome).toBe("requested");
  });

  it("uses the name of a multi-cluster session", async () => {
    const { stop, world, paths } = createWorld({ targets: { one: PARENT } });
    world.answers = { [PARENT.name]: done };
    await stop(["one"]);
    expect(paths()).toEqual([`${API}/${PARENT.name}`]);
  });

  it.each([
    [
      "no operator that manages sessions",
      unparsable,
      "unsupported",
      "This version of the operator cannot stop sessions. Upgrade the operator.",
    ],
    [
      "a verb that the operator lacks",
      status(405, "MethodNotAllowed"),
      "unsupported",
      "This version of the operator cannot stop sessions. Upgrade the operator.",
    ],
    [
      "a missing right",
      status(403, "Forbidden"),
      "forbidden",
      "403 Forbidden Forbidden message. Grant delete on sessions.operator.metalbear.co.",
    ],
    [
      "a server error",
      status(503, "ServiceUnavailable"),
      "failed",
      "503 ServiceUnavailable ServiceUnavailable message",
    ],
    ["no answer", { kind: "lost", detail: "reset" } as const, "failed", "no answer (reset)"],
  ] as const)("meets %s with one call", async (_what, answer, outcome, detail) => {
    const { stop, world, calls, outcomes } = createWorld();
    world.answers = { [DECIMAL]: answer };
    await stop(["one"]);
    expect(outcomes).toEqual([{ session_id: "one", outcome, detail }]);
    expect(calls).toHaveLength(1);
    expect(check(SessionStopEvent, outcomes[0]).ok).toBe(true);
  });

  it("fails, and is not unsupported, if an operator knows decimal ids alone and no such session", async () => {
    const { stop, world, outcomes } = createWorld({ targets: { one: { ...SESSION, name: "ab" } } });
    world.answers = { ab: unparsable };
    await stop(["one"]);
    expect(outcomes).toEqual([{ session_id: "one", outcome: "failed", detail: "404 NotFound NotFound message" }]);
  });

  it("never deletes a MirrordClusterSession", async () => {
    const { stop, paths } = createWorld({ targets: { one: SESSION, two: PARENT } });
    await stop(["one", "two"]);
    expect(paths().every((path) => path.startsWith(`${API}/`))).toBe(true);
  });

  it("is left out for a session that is not live", async () => {
    const { stop, calls, outcomes } = createWorld();
    await stop(["gone"]);
    expect([calls, outcomes]).toEqual([[], []]);
  });
});

describe("a preview", () => {
  it("is not stopped unless that is switched on", async () => {
    const { stop, calls, outcomes } = createWorld({ targets: { one: PREVIEW } });
    await stop(["one"]);
    expect(calls).toEqual([]);
    expect(outcomes).toMatchObject([{ outcome: "unsupported", detail: expect.stringContaining("KILL_PREVIEWS=true") }]);
  });

  it.each([
    ["is deleted by its uid", done, "requested"],
    ["that is gone already is a success", notFound, "requested"],
    ["whose name another one has is a success", status(409, "Conflict"), "requested"],
    ["needs a right of its own", status(403, "Forbidden"), "forbidden"],
  ])("%s", async (_what, answer, outcome) => {
    const { stop, world, calls, outcomes } = createWorld({ targets: { one: PREVIEW }, killsPreviews: true });
    world.answers = { "preview-session-1": answer };
    await stop(["one"]);
    expect(outcomes).toMatchObject([{ outcome }]);
    expect(calls).toMatchObject([
      {
        path: "/apis/preview.mirrord.metalbear.co/v1alpha/namespaces/shop/previewsessions/preview-session-1",
        body: { preconditions: { uid: "u-1" } },
      },
    ]);
  });
});

describe("requests that the server repeats", () => {
  it("are sent again later and later, at most an hour apart", async () => {
    const { stop, world, calls } = createWorld();
    world.answers = { [DECIMAL]: status(500, "InternalError") };
    const sentAt: number[] = [];
    for (let at = 0; at <= 6 * HOUR; at += 5_000) {
      world.now = T0 + at;
      const before = calls.length;
      await stop(["one"]);
      if (calls.length > before) sentAt.push(at / 1_000);
    }
    const gaps = sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0));
    expect(gaps).toEqual([10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600, 3_600]);
  });

  it("are sent at once when they are new", async () => {
    const { stop, world, calls } = createWorld();
    world.answers = { [DECIMAL]: status(403, "Forbidden") };
    await stop(["one"]);
    await stop(["one"]);
    expect(calls).toHaveLength(1);
    await stop([]);
    await stop(["one"]);
    expect(calls).toHaveLength(2);
  });

  it("are not sent while one waits for its answer", async () => {
    const { stop, world, calls, outcomes } = createWorld();
    world.answers = { [DECIMAL]: done };
    await Promise.all([stop(["one"]), stop(["one"])]);
    expect([calls.length, outcomes.length]).toEqual([1, 1]);
  });

  it("are sent again although the clock was a year ahead before", async () => {
    const { stop, world, calls } = createWorld();
    world.answers = { [DECIMAL]: status(500, "InternalError") };
    world.now = T0 + 365 * 24 * HOUR;
    await stop(["one"]);
    world.now = T0;
    await stop(["one"]);
    expect(calls).toHaveLength(2);
  });

  it("report each cause once, until a request succeeds", async () => {
    const { stop, world, told } = createWorld({ targets: { one: SESSION, two: { ...SESSION, name: "2" } } });
    world.answers = { [DECIMAL]: status(403, "Forbidden"), 2: status(403, "Forbidden") };
    await stop(["one", "two"]);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^Sessions must not be stopped by this agent: 403 Forbidden/);
    world.answers = { 2: done, [DECIMAL]: status(403, "Forbidden") };
    world.now += HOUR;
    await stop(["two"]);
    await stop(["one", "two"]);
    expect(told).toHaveLength(2);
  });
});

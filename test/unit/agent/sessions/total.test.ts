import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSessions } from "../../../../agent/sessions/machine.ts";
import { type Changes, KINDS, type Kind } from "../../../../agent/sessions/types.ts";
import { check } from "../../../../shared/contract/check.ts";
import { SessionChild, SessionEndEvent, SessionStartBody } from "../../../../shared/contract/requests.ts";
import { DEEP } from "../../../support/deep.ts";
import { T0 } from "./world.ts";

/** Texts of any length, with what users and attackers put into names. */
const text = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "..",
    "a/../b",
    "\u0000",
    "\u202e",
    "\ud800",
    "unknown",
    "x".repeat(400),
    `${"é".repeat(127)}😀😀`,
  ),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.base64String({ maxLength: 200 }),
);
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
/** A field that may be missing. */
const partly = <T extends Record<string, fc.Arbitrary<unknown>>>(model: T) =>
  fc.record(model as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: [] });
const date = fc.oneof(
  fc
    .date({ noInvalidDate: true, min: new Date("0000-01-01"), max: new Date("9999-12-31") })
    .map((day) => day.toISOString()),
  fc.constantFrom("2026-11-02T09:00:00.123456789+05:30", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "soon"),
);
const uid = fc.oneof(fc.uuid(), text);
const metadata = fc.record(
  {
    name: text,
    uid,
    namespace: text,
    creationTimestamp: date,
    deletionTimestamp: fc.option(date, { nil: null, freq: 1 }),
    generation: fc.nat(),
  },
  { requiredKeys: ["name", "uid"] },
);
const owner = partly({ userId: text, username: text, hostname: text, k8sUsername: text });
const labels = fc.dictionary(text, text, { maxKeys: 5 });
const target = fc.oneof(
  fc.constant(null),
  partly({ apiVersion: text, kind: text, name: text, container: text }),
  partly({
    labelSelector: partly({
      matchLabels: nullable(labels),
      matchExpressions: nullable(
        fc.array(
          partly({
            key: text,
            operator: fc.constantFrom("In", "NotIn", "Exists", "New"),
            values: nullable(fc.array(text)),
          }),
        ),
      ),
    }),
    container: text,
  }),
  fc.jsonValue(),
);
const spec = partly({
  namespace: text,
  owner,
  target,
  ciInfo: nullable(
    partly({
      provider: nullable(text),
      environment: nullable(text),
      pipeline: nullable(text),
      triggeredBy: nullable(text),
    }),
  ),
  clientCliVersion: nullable(text),
  copyTarget: nullable(partly({ scaledown: fc.boolean() })),
  httpFilter: nullable(partly({ headerFilter: nullable(text) })),
  jiraMetrics: nullable(partly({ branchName: text })),
  key: nullable(text),
  multiClusterParentName: nullable(text),
});
const status = nullable(
  partly({
    closed: nullable(fc.oneof(text, partly({ reason: text, message: nullable(text) }))),
    connectedTimestamp: nullable(date),
    phase: fc.constantFrom("Initializing", "Ready", "Failed", "Other"),
    startedAt: nullable(date),
    expiresAt: nullable(date),
    failedAt: nullable(date),
  }),
);
/** What the schemas admit, and now and then anything else in the place of a part. */
const object = fc.oneof(
  { weight: 9, arbitrary: fc.record({ metadata, spec, status }, { requiredKeys: ["metadata"] }) },
  { weight: 1, arbitrary: partly({ metadata: fc.jsonValue(), spec: fc.jsonValue(), status: fc.jsonValue() }) },
);
const kind = fc.constantFrom<Kind>(...KINDS);
const port = fc.oneof(
  fc.jsonValue(),
  partly({ port: fc.nat(70_000), kind: text, filter: nullable(text) }),
  fc.tuple(fc.nat(70_000), text, text),
);

const faultsOf = ({ started, ended }: Changes): unknown[] => [
  ...started.flatMap((start) => faults(check(SessionStartBody, start))),
  // The decoder accepts an end before its start, so that is compared here.
  ...ended.flatMap((end) => [
    ...faults(check(SessionEndEvent, end)),
    ...(Date.parse(end.ended_at) < Date.parse(end.start.started_at) ? [end] : []),
  ]),
];

const faults = (result: { ok: true } | { ok: false; faults: unknown }): unknown[] => (result.ok ? [] : [result.faults]);

describe("the mapping of objects", () => {
  it("gives starts, ends, children and ports that the server's decoder accepts, from any object", () => {
    let started = 0;
    let ended = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(kind, object), { maxLength: 4 }),
        fc.array(port, { maxLength: 80 }),
        (objects, ports) => {
          const sessions = createSessions({ instanceId: "cluster-1" });
          const found: unknown[] = [];
          const observe = (...observations: Parameters<typeof sessions.observe>): void => {
            const changes = sessions.observe(...observations);
            started += changes.started.length;
            ended += changes.ended.length;
            found.push(...faultsOf(changes));
            for (const change of changes.changed) {
              const start = sessions.start(change.session_id);
              found.push(...(start === undefined ? [change] : faults(check(SessionStartBody, start))));
            }
          };
          for (const one of KINDS) observe({ at: T0, type: "listed", kind: one, objects: [] });
          for (const [one, raw] of objects) observe({ at: T0, type: "seen", kind: one, object: raw });
          observe({ at: T0 + 10_000, type: "tick" });
          for (const child of sessions.view().children ?? []) found.push(...faults(check(SessionChild, child)));
          const named = objects.map(([, raw]) => (raw as { metadata?: { name?: unknown } }).metadata?.name);
          observe({ at: T0, type: "operator", sessions: named.map((id) => ({ id, locked_ports: ports })) });
          for (const one of KINDS) observe({ at: T0 + 20_000, type: "listed", kind: one, objects: [] });
          expect(found).toEqual([]);
          expect(JSON.parse(JSON.stringify(sessions.state()))).toBeDefined();
        },
      ),
      { numRuns: DEEP ? 20_000 : 300 },
    );
    expect(Math.min(started, ended)).toBeGreaterThan(100);
  });

  const deep = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);
  const textless = { toString: 1, valueOf: 1 };
  it.each<[string, unknown]>([
    ["that is nested deeper than a text of it can be", deep(9_000)],
    ["whose labels are no texts", { labelSelector: { matchLabels: { app: textless, tier: deep(9_000) } } }],
    [
      "whose expressions are no texts",
      {
        labelSelector: {
          matchExpressions: [
            { key: textless, operator: "In", values: [textless, deep(9_000)] },
            { key: "a", operator: textless },
          ],
        },
      },
    ],
  ])("reports a session with a target %s", (_, raw) => {
    const sessions = createSessions({ instanceId: "cluster-1" });
    const object = { metadata: { name: "a", uid: "b" }, spec: { target: raw, namespace: "default" } };
    const { started } = sessions.observe({ at: T0, type: "seen", kind: "MirrordClusterSession", object });
    expect(started).toHaveLength(1);
    expect(started.flatMap((start) => faults(check(SessionStartBody, start)))).toEqual([]);
  });

  it("gives no multi-cluster session the id of another session, and no part such a session", () => {
    const sessions = createSessions({ instanceId: "cluster-1" });
    const see = (kind: Kind, name: string, uid: string, spec: object = {}) =>
      sessions.observe({ at: T0, type: "seen", kind, object: { metadata: { name, uid }, spec } });
    for (const one of KINDS) sessions.observe({ at: T0, type: "listed", kind: one, objects: [] });
    see("MirrordClusterSession", "aaaa", "12345678-0000");
    see("MirrordMultiClusterSession", "aaaa.12345678", "uid-2");
    see("MirrordClusterSession", "child", "87654321-0000", { multiClusterParentName: "aaaa.12345678", ciInfo: {} });
    const { list = [], children = [] } = sessions.view();
    expect(list).toHaveLength(2);
    expect(new Set(list).size).toBe(2);
    expect(list).toContain("aaaa.12345678");
    expect(sessions.start("aaaa.12345678")?.session_kind).toBe("user");
    expect(children.map(({ parent_id }) => parent_id)).toEqual(list.filter((id) => id !== "aaaa.12345678"));
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type App, createApp } from "../../support/app.ts";
import { historyRuns } from "../../support/history.ts";
import { heartbeatBody } from "../../support/wire.ts";
import { HISTORY_BEGINS } from "./histories.ts";

const SECOND = 1_000;
const DAY = 86_400_000;
const RETENTION_DAYS = 30;
const NOW = Date.parse("2028-03-20T10:00:00Z");

type OperatorError = { timestamp: string; error: string; operator_version: string; instance_id: string };

// Within retention, around a leap day and midnights; some told twice.
const errors = fc.array(
  fc
    .record({
      timestamp: fc
        .tuple(
          fc.constantFrom("2028-02-29", "2028-03-01", "2028-03-19", "2028-03-20"),
          fc.constantFrom(-SECOND, -1, 0, 1, SECOND),
        )
        .map(([day, offset]) => new Date(Date.parse(day) + offset).toISOString()),
      error: fc.constantFrom("agent: evicted", "=HYPERLINK(1)", 'connection reset, "again"'),
      // An instance is of one version.
      operator: fc.constantFrom(
        { instance_id: "op-1", operator_version: "3.130.0" },
        { instance_id: "op-2", operator_version: "3.131.0-rc.1" },
      ),
    })
    .map(({ operator, ...error }): OperatorError => ({ ...error, ...operator })),
  { minLength: 12, maxLength: 30 },
);

const bounds = fc.constantFrom(
  ...["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.001Z", "2028-03-01T05:30:00+05:30", "2028-03-19T00:00:01Z"],
  undefined,
);

describe("the error report", () => {
  it("has what operators told of in its range, once, page after page, until retention ends", async () => {
    await fc.assert(
      fc.asyncProperty(
        errors,
        fc.array(fc.tuple(bounds, bounds), { minLength: 3, maxLength: 3 }),
        async (told, asked) => {
          const app = await createApp();
          try {
            await app.setLicense({}, { notBefore: HISTORY_BEGINS, notAfter: HISTORY_BEGINS + 999 * DAY });
            app.clock.now = NOW;
            const license = await app.call("GET", "/api/v1/license");
            for (const [seq, { timestamp, error, ...operator }] of [...told, ...told.slice(0, 3)].entries()) {
              const body = heartbeatBody(NOW, { ...operator, seq, errors: [{ timestamp, error }] });
              expect((await app.call("POST", "/api/v1/heartbeat", { body })).status).toBe(200);
            }
            const hash = license.json.license.fingerprint;
            for (const [one, other] of asked) {
              const [from, to] = inOrder(one, other);
              expect(await entries(app, from, to)).toEqual(expected(told, hash, from, to, NOW));
            }
            app.clock.now = Date.parse("2028-03-31T00:00:00Z");
            expect(await entries(app, undefined, undefined)).toEqual(
              expected(told, hash, undefined, undefined, app.clock.now),
            );
          } finally {
            await app.close();
          }
        },
      ),
      { numRuns: historyRuns(2), endOnFailure: true },
    );
  });
});

const inOrder = (one: string | undefined, other: string | undefined) =>
  one !== undefined && other !== undefined && Date.parse(one) > Date.parse(other) ? [other, one] : [one, other];

const entries = async (app: App, from: string | undefined, to: string | undefined): Promise<unknown[]> => {
  const range = Object.entries({ from, to }).flatMap(([name, bound]) =>
    bound === undefined ? [] : [`&${name}=${encodeURIComponent(bound)}`],
  );
  const found: unknown[] = [];
  let cursor = "";
  do {
    const { status, json, text } = await app.call("GET", `/api/v1/reports/errors?limit=4${range.join("")}${cursor}`);
    expect(status, text).toBe(200);
    expect(json.entries.length).toBeLessThanOrEqual(4);
    found.push(...json.entries);
    cursor = json.next === null ? "" : `&cursor=${encodeURIComponent(json.next)}`;
  } while (cursor !== "");
  return sorted(found);
};

const expected = (
  told: readonly OperatorError[],
  hash: string,
  from: string | undefined,
  to: string | undefined,
  now: number,
): unknown[] => {
  const first = Math.max(from === undefined ? 0 : Date.parse(from), now - RETENTION_DAYS * DAY);
  const last = to === undefined ? Number.POSITIVE_INFINITY : Date.parse(to);
  const within = told.filter(({ timestamp }) => Date.parse(timestamp) >= first && Date.parse(timestamp) < last);
  // One message of one operator at one moment is one error, however often it is told.
  const once = new Map<string, OperatorError>();
  for (const one of within) {
    const name = `${one.timestamp} ${one.instance_id} ${one.error}`;
    if (!once.has(name)) once.set(name, one);
  }
  return sorted([...once.values()].map((one) => ({ ...one, license_hash: hash })));
};

const sorted = (list: readonly unknown[]): unknown[] => {
  const nameOf = (entry: unknown): string => {
    const { timestamp, instance_id, error } = entry as OperatorError;
    return `${timestamp} ${instance_id} ${error}`;
  };
  return list.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
};

import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { QUERY_EXAMPLES } from "../../../shared/contract/examples.ts";
import { ROUTES } from "../../../shared/contract/routes.ts";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { HOSTILE_TEXTS } from "../../support/attacks/hostile.ts";
import { withstanding } from "../../support/attacks/withstand.ts";
import { runsOf } from "../../support/deep.ts";
import { putGoodJob } from "../../support/jobs.ts";
import { operatorAt } from "../../support/operator.ts";
import { exactPath, sendGood } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";

const server = sharedServer();
const withstands = withstanding(server);

let bearer: string;
beforeAll(async () => {
  const operator = operatorAt(server());
  await operator.registers();
  await operator.starts("s-1");
  bearer = await server().accessToken(SCOPES);
  await sendGood(server(), "catalogPut", { bearer });
  await putGoodJob(server());
  for (const route of READS) await server().call(route.method, `${exactPath(route)}?format=json`, { bearer });
});

const READS = ROUTES.filter(({ method }) => method === "GET");
const NAMES = [
  "format",
  "from",
  "to",
  "primary_key",
  "days",
  "limit",
  "cursor",
  "namespace",
  "user",
  "cluster",
  "summary",
];
const VALUES = [...new Set(Object.values(QUERY_EXAMPLES).flatMap((one) => Object.values<string>(one)))];

// As a client writes it, as none should, and as no decoder can read it.
const BROKEN = [
  "%",
  "%0",
  "%zz",
  "%ff%fe",
  "%c0%af",
  "%ed%a0%80",
  "%00",
  "%0d%0a",
  "+",
  "%2B",
  "%u0041",
  ";",
  "[]",
  "[x]",
];
const encoded = (texts: readonly string[]) =>
  fc.constantFrom(...texts).map((text) => encodeURIComponent(text.toWellFormed()));
const name = fc.oneof(encoded(NAMES), encoded(["__proto__", "constructor", "FORMAT", ""]), fc.constantFrom(...BROKEN));
const value = fc.oneof(encoded(VALUES), encoded(HOSTILE_TEXTS), fc.constantFrom(...BROKEN), fc.constant(undefined));
const query = fc
  .array(
    fc.tuple(name, value).map(([key, text]) => (text === undefined ? key : `${key}=${text}`)),
    { maxLength: 4 },
  )
  .map((parts) => parts.join("&"));

describe.each(READS)("$name", (route) => {
  const { method, auth } = route;

  it("answers any query with what it asks for or with its faults", async () => {
    await fc.assert(
      fc.asyncProperty(query, async (text) => {
        const credential = auth.length === 0 ? { key: undefined } : { bearer };
        const answer = await withstands(() => server().call(method, `${exactPath(route)}?${text}`, credential));
        expect([200, 302, 303, 400]).toContain(answer.status);
        for (const { path: at } of answer.json?.errors ?? []) expect(at).toMatch(/^query/);
      }),
      { numRuns: runsOf(12) },
    );
  });
});

describe("what kills sessions", () => {
  it("kills none where its filter is at fault", async () => {
    for (const text of [
      "namespace=",
      "namespace=a&namespace=b",
      "Namespace=shop",
      "user=%00",
      "all",
      "limit=1",
      "=&=",
    ]) {
      const answer = await withstands(() => server().call("DELETE", `/api/v1/sessions?${text}`, { bearer }));
      expect(answer.status, text).toBe(400);
    }
  });
});

import { describe, expect, it } from "vitest";
import { expectProblem } from "../../support/answers.ts";
import { type CallOptions, LICENSE_KEY } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { BODY_ROUTES, CLOSED_ROUTES, goodRequest, KEY_ROUTES, sendGood } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { forgedTokens, leaseToken } from "../../support/tokens.ts";

const server = sharedServer();

const WITHOUT_KEY: CallOptions = { key: undefined };

const WORTHLESS: Record<string, CallOptions> = {
  "no credential": WITHOUT_KEY,
  "a wrong key": { key: "a-license-key-for-tests-0123456780" },
  "an empty key": { key: "" },
  "a part of the key": { key: LICENSE_KEY.slice(0, -1) },
  "the key and more": { key: `${LICENSE_KEY}0` },
  "the key twice": { key: `${LICENSE_KEY},${LICENSE_KEY}` },
  "the key in another case": { key: LICENSE_KEY.toUpperCase() },
  "the key as the bearer": { bearer: LICENSE_KEY },
  "an empty bearer": { key: undefined, headers: { authorization: "Bearer " } },
  "basic authentication": { key: undefined, headers: { authorization: "Basic YTpi" } },
};

describe.each(CLOSED_ROUTES)("%s", (name) => {
  it.each(Object.entries(WORTHLESS))("is closed to %s", async (_what, options) => {
    const answer = await leavingNoTrace(server(), () => sendGood(server(), name, options));
    expectProblem(answer, 401, "Unauthorized");
  });

  it("is closed to a wrong key even beside a good lease token", async () => {
    const bearer = await leaseToken(server());
    expectProblem(await sendGood(server(), name, { bearer, key: "wrong" }), 401, "Unauthorized");
    expectProblem(await sendGood(server(), name, { bearer, key: "" }), 401, "Unauthorized");
  });

  it("is closed to every token that is not a lease of this server", async () => {
    const { forged } = await forgedTokens(server());
    for (const bearer of Object.values(forged))
      expectProblem(await leavingNoTrace(server(), () => sendGood(server(), name, { bearer })), 401, "Unauthorized");
  });
});

// The functions behind these routes hold no key that could verify a lease, let alone sign one: to them it is any token.
describe.each(KEY_ROUTES)("%s", (name) => {
  it("is closed to an operator's lease token", async () => {
    const bearer = await leaseToken(server());
    expectProblem(await leavingNoTrace(server(), () => sendGood(server(), name, { bearer })), 401, "Unauthorized");
  });
});

describe("authentication comes before the body", () => {
  const BODIES: Record<string, CallOptions> = {
    "that is empty": { raw: "" },
    "that is no JSON": { raw: "{" },
    "with every fault": { raw: "[]" },
    "that is too large": { raw: "x".repeat(2 * 1024 * 1024) },
    "of another kind": { raw: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } },
  };

  it.each(BODY_ROUTES)("%s answers without a key the same to a good body and to any bad one", async (name) => {
    const good = unidentified(await sendGood(server(), name, WITHOUT_KEY));
    for (const options of Object.values(BODIES))
      expect(unidentified(await sendGood(server(), name, { ...options, ...WITHOUT_KEY }))).toEqual(good);
  });

  it.each(CLOSED_ROUTES)("%s answers without a key the same to a good query and to a bad one", async (name) => {
    const { method, path } = goodRequest(name, server().clock.now);
    const good = unidentified(await server().call(method, path, WITHOUT_KEY));
    const bad = unidentified(await server().call(method, `${path.split("?")[0]}?colour=red&colour=blue`, WITHOUT_KEY));
    expect(bad).toEqual(good);
  });

  it("an end answers without a key the same for a session that there is and for one that there is not", async () => {
    const operator = operatorAt(server());
    await operator.starts("there");
    const stranger = operatorAt(server(), "op-1", WITHOUT_KEY);
    const answers = [await stranger.ends("there"), await stranger.ends("nowhere"), await stranger.ends("no id at all")];
    for (const answer of answers)
      expect(unidentified(answer)).toEqual(unidentified(expectProblem(answer, 401, "Unauthorized")));
    expect(new Set(answers.map((answer) => JSON.stringify(unidentified(answer)))).size).toBe(1);
  });
});

// An answer without what names its request.
const unidentified = ({
  status,
  headers,
  json,
}: {
  status: number;
  headers: Record<string, string>;
  json: object;
}) => ({
  status,
  headers: { ...headers, "x-request-id": "" },
  json: { ...json, request_id: "" },
});

import { afterEach, describe, expect, it } from "vitest";
import { revokedKey, tokenKey } from "../../../shared/contract/keys.ts";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { DAY_MS, formatTime, HOUR_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { StoreUnavailable, type Table } from "../../../shared/store/table.ts";
import { expectProblem } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { crashing } from "../../support/faulty-table.ts";
import { type Server, serverPerTest } from "../../support/server.ts";
import { storedItems, storedUnder } from "../../support/stored.ts";

const IN_FORCE_MS = 30 * SECOND_MS;

const made = async (server: Server, changes: object = {}) => {
  const answer = await server.askForToken({ subject: "ci", scopes: SCOPES, expires_in_secs: 3_600, ...changes });
  if (!answer.ok) throw new Error(JSON.stringify(answer.errors));
  return answer;
};
const revoke = async (server: Server, id: string) => {
  const answer = await server.invokeToken({ revoke: id });
  if (!("known" in answer)) throw new Error(JSON.stringify(answer));
  return answer;
};
const list = async (server: Server) => {
  const answer = await server.invokeToken({ list: true });
  if (!("tokens" in answer)) throw new Error(JSON.stringify(answer));
  return answer.tokens;
};

/** A route of each function that takes access tokens. */
const ROUTES = ["/api/v1/sessions", "/api/v1/license", "/api/v1/reports/usage?format=json", "/metrics"];
const statuses = (server: Server, bearer: string) =>
  Promise.all(ROUTES.map(async (path) => [path, await isRefused(server, path, bearer)] as const));
const isRefused = async (server: Server, path: string, bearer: string) => {
  const { status } = await server.call("GET", path, { bearer });
  expect([200, 401, 500, 503]).toContain(status);
  return status === 401;
};
const all = (refused: boolean) => ROUTES.map((path) => [path, refused]);

describe("an access token that is revoked", () => {
  const server = serverPerTest();

  it("is refused by every function within 30 seconds, and another goes on", async () => {
    const [token, other] = [await made(server()), await made(server())];
    expect(await statuses(server(), token.token)).toEqual(all(false));
    expect(await revoke(server(), token.token_id)).toMatchObject({ ok: true, token_id: token.token_id, known: true });
    server().clock.now += IN_FORCE_MS;
    expect(await statuses(server(), token.token)).toEqual(all(true));
    expect(await statuses(server(), other.token)).toEqual(all(false));
  });

  it("is refused at once by a function that has not looked yet, as one that never was valid", async () => {
    const { token, token_id } = await made(server());
    await revoke(server(), token_id);
    const answer = await server().call("GET", "/api/v1/sessions", { bearer: token });
    const never = await server().call("GET", "/api/v1/sessions", { bearer: "never.was.one" });
    expectProblem(answer, 401, "Unauthorized");
    expect({ ...answer.json, request_id: "" }).toEqual({ ...never.json, request_id: "" });
  });

  it("is asked for once in 20 seconds at most, with one small query", async () => {
    const { token } = await made(server());
    await server().call("GET", "/api/v1/license", { bearer: token });
    const before = server().consumed.length;
    server().clock.now += 19 * SECOND_MS;
    for (const _ of [1, 2, 3]) await server().call("GET", "/api/v1/license", { bearer: token });
    expect(server().consumed.length).toBe(before);
    server().clock.now += SECOND_MS;
    await server().call("GET", "/api/v1/license", { bearer: token });
    expect(server().consumed.slice(before)).toEqual([{ operation: "Query", units: 1 }]);
  });

  it("stands in the table for as long as it would have been valid", async () => {
    const { token_id } = await made(server(), { expires_in_secs: 900 });
    await revoke(server(), token_id);
    const item = await server().table.get(revokedKey(token_id), { consistent: true });
    expect(item?.["expiresAt"]).toBe(START / SECOND_MS + 900);
  });

  it("may be revoked again, by as many as want to: the first time counts, and is audited once", async () => {
    const { token_id } = await made(server());
    await revoke(server(), token_id);
    server().clock.now += HOUR_MS / 2;
    const answers = await Promise.all([1, 2, 3].map(() => revoke(server(), token_id)));
    for (const { revoked_at } of answers) expect(revoked_at).toBe(formatTime(START));
    const rows = await storedUnder(server(), "AUDIT#");
    expect(rows.map(({ action, tokenId, subject }) => ({ action, tokenId, subject }))).toEqual(
      expect.arrayContaining([
        { action: "token.made", tokenId: token_id, subject: "ci" },
        { action: "token.revoked", tokenId: token_id, subject: "ci" },
      ]),
    );
    expect(rows.filter(({ action }) => action === "token.revoked")).toHaveLength(1);
  });

  it("whose record is lost is refused all the same, for as long as any token may last", async () => {
    const { token, token_id } = await made(server());
    await server().table.write({ kind: "delete", key: tokenKey(token_id) });
    expect((await revoke(server(), token_id)).known).toBe(false);
    expect((await server().call("GET", "/api/v1/license", { bearer: token })).status).toBe(401);
    const item = await server().table.get(revokedKey(token_id), { consistent: true });
    expect(item?.["expiresAt"]).toBe((START + 366 * DAY_MS) / SECOND_MS);
  });
});

describe("the list of access tokens", () => {
  const server = serverPerTest();

  it("tells id, subject, scopes and expiry of each that is in force, the newest first, and which are revoked", async () => {
    const one = await made(server(), { subject: "one", scopes: ["reports:read"], expires_in_secs: 60 });
    server().clock.now += SECOND_MS;
    const other = await made(server(), { subject: "other", scopes: ["seats:read", "seats:delete"] });
    await revoke(server(), one.token_id);
    const shown = {
      token_id: other.token_id,
      subject: "other",
      scopes: ["seats:read", "seats:delete"],
      instance_id: null,
      made_at: formatTime(START + SECOND_MS),
      expires_at: other.expires_at,
      revoked_at: null,
    };
    expect(await list(server())).toEqual([
      shown,
      {
        token_id: one.token_id,
        subject: "one",
        scopes: ["reports:read"],
        instance_id: null,
        made_at: formatTime(START),
        expires_at: one.expires_at,
        revoked_at: formatTime(START + SECOND_MS),
      },
    ]);
    server().clock.now += HOUR_MS / 2;
    expect(await list(server())).toEqual([shown]);
  });

  it("is kept without the tokens themselves", async () => {
    const { token } = await made(server());
    const [head = "", body = "", signature = ""] = token.split(".");
    const stored = JSON.stringify(await storedItems(server()));
    for (const part of [head, body, signature]) expect(stored).not.toContain(part);
  });

  it.each([
    [{ list: false }],
    [{ list: true, subject: "a" }],
    [{ revoke: "" }],
    [{ revoke: 7 }],
    [{ revoke: "a", b: 1 }],
  ])("is not what %j asks for", async (request) => {
    const answer = await server().invokeToken(request);
    expect(answer.ok).toBe(false);
  });
});

describe("while the table cannot be read", () => {
  let down = false;
  const around = (table: Table): Table => ({
    ...table,
    query: async (query) => {
      if (down) throw new StoreUnavailable("down");
      return table.query(query);
    },
  });
  const server = serverPerTest({ around });
  afterEach(() => {
    down = false;
  });
  const license = async (bearer: string) => (await server().call("GET", "/api/v1/license", { bearer })).status;

  it("a token that is known to be revoked stays refused, however long it takes, and others are not locked out", async () => {
    const [token, other] = [await made(server(), { expires_in_secs: 86_400 }), await made(server())];
    await revoke(server(), token.token_id);
    expect(await license(token.token)).toBe(401);
    down = true;
    for (const ms of [SECOND_MS, IN_FORCE_MS, HOUR_MS / 2]) {
      server().clock.now += ms;
      expect(await license(token.token)).toBe(401);
      expect(await license(other.token)).toBe(200);
    }
    expect(server().logs).toContainEqual(expect.objectContaining({ level: "WARN", known: 1 }));
  });

  it("a function that has never read the list lets a token in that is valid otherwise, until it can read", async () => {
    const { token, token_id } = await made(server());
    await revoke(server(), token_id);
    down = true;
    expect(await license(token)).toBe(200);
    down = false;
    server().clock.now += 5 * SECOND_MS;
    expect(await license(token)).toBe(401);
  });
});

describe("where reading the list fails for another reason than an outage", () => {
  let defect: Error | undefined;
  const around = (table: Table): Table => ({
    ...table,
    query: async (query) => {
      if (defect !== undefined) throw defect;
      return table.query(query);
    },
  });
  const server = serverPerTest({ around });
  afterEach(() => {
    defect = undefined;
  });
  const license = (bearer: string) => server().call("GET", "/api/v1/license", { bearer });
  const named = (name: string) => Object.assign(new Error("for the log alone"), { name });

  it.each([
    ["access denied", named("AccessDeniedException")],
    ["no such table", named("ResourceNotFoundException")],
    ["a defect", new TypeError("for the log alone")],
  ])("(%s) no token is let in, nor told more than that, until it can be read; the license key is", async (_, error) => {
    const { token, token_id } = await made(server());
    await revoke(server(), token_id);
    const other = await made(server());
    defect = error;
    for (const bearer of [token, other.token]) {
      const answer = await license(bearer);
      expectProblem(answer, 500, "Internal");
      expect(answer.text).not.toContain("for the log alone");
    }
    expect(server().logs).toContainEqual(expect.objectContaining({ level: "ERROR" }));
    expect((await server().call("GET", "/api/v1/license")).status).toBe(200);
    defect = undefined;
    expect((await license(token)).status).toBe(401);
    expect((await license(other.token)).status).toBe(200);
  });

  it("one that is known to be revoked stays refused", async () => {
    const { token, token_id } = await made(server());
    await revoke(server(), token_id);
    expect((await license(token)).status).toBe(401);
    defect = named("AccessDeniedException");
    server().clock.now += HOUR_MS / 2;
    expect((await license(token)).status).toBe(401);
  });
});

describe("the function that is killed", () => {
  const crash = crashing();
  const server = serverPerTest({ around: (table, name) => (name === "token" ? crash.around(table) : table) });

  it("before a token is noted hands none out", async () => {
    crash.killAt(1, "before");
    await expect(
      server().invokeToken({ subject: "ci", scopes: ["audit:read"], expires_in_secs: 60 }),
    ).rejects.toThrow();
    crash.revive();
    expect(await list(server())).toEqual([]);
    expect(await storedUnder(server(), "AUDIT#")).toEqual([]);
  });

  it.each(["before", "after"] as const)("right %s a revocation has done and audited it, or neither", async (when) => {
    const { token, token_id } = await made(server());
    crash.killAt(1, when);
    await expect(server().invokeToken({ revoke: token_id })).rejects.toThrow();
    crash.revive();
    const rows = async () => (await storedUnder(server(), "AUDIT#")).filter(({ action }) => action === "token.revoked");
    expect(await rows()).toHaveLength(when === "after" ? 1 : 0);
    await revoke(server(), token_id);
    expect(await rows()).toHaveLength(1);
    expect((await server().call("GET", "/api/v1/license", { bearer: token })).status).toBe(401);
  });
});

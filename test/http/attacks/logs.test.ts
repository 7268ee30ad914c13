import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REQUEST_EXAMPLES } from "../../../shared/contract/examples.ts";
import { hasPathId, ROUTES, withPathId } from "../../../shared/contract/routes.ts";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";
import { type App, createApp, LICENSE_KEY } from "../../support/app.ts";
import { HOSTILE_TEXTS } from "../../support/attacks/hostile.ts";
import { goodRequest } from "../../support/requests.ts";

// What ends a line, moves a terminal's cursor or turns the direction of writing, in any of Unicode's ways.
const DISTURBING = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const MARK = "forged-by-the-caller";
const FORGERIES = [
  ...HOSTILE_TEXTS,
  `x\n{"level":"ERROR","message":"${MARK}"}`,
  `x\r\n{"level":"ERROR","message":"${MARK}"}\r\n`,
  `x\u2028{"level":"ERROR","message":"${MARK}"}`,
  `x\u0085{"level":"ERROR","message":"${MARK}"}`,
  `x","level":"ERROR","message":"${MARK}","y":"`,
  `\u001b]0;${MARK}\u0007`,
  `\u009b2J${MARK}`,
  `\u202e${MARK}`,
];

/** A value with a text in place of each text of it that may hold any, or of each of them but keys and times. */
const withEach = (value: unknown, text: string, keepIds: boolean): unknown => {
  if (typeof value === "string") return text;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((inner) => withEach(inner, text, keepIds));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      keepIds && (IDS_AND_TIMES.test(key) || key === "sessions") ? inner : withEach(inner, text, keepIds),
    ]),
  );
};
const IDS_AND_TIMES = /^id$|_id$|_at$|^timestamp$/;

/** The examples with a text in every field, sessions of their own among them. */
const bodiesWith = (text: string, n: number): [name: keyof typeof REQUEST_EXAMPLES, body: unknown][] =>
  [true, false].flatMap((keepIds) =>
    (Object.keys(REQUEST_EXAMPLES) as (keyof typeof REQUEST_EXAMPLES)[]).map((name): [typeof name, unknown] => {
      const example = JSON.stringify(REQUEST_EXAMPLES[name]).replaceAll(/("session_id":")/g, `$1${n}-`);
      return [name, withEach(JSON.parse(example), text, keepIds)];
    }),
  );

let app: App;
beforeAll(async () => {
  app = await createApp();
  const bearer = await app.accessToken(SCOPES, FORGERIES.join(" ").slice(0, 100).toWellFormed());
  app.clock.now = Date.parse("2026-11-20T09:30:00Z");
  for (const [n, text] of FORGERIES.entries()) {
    const encoded = encodeURIComponent(text.toWellFormed());
    for (const [name, body] of bodiesWith(text, n))
      await app.call("POST", goodRequest(name, app.clock.now).path, { body });
    for (const { method, path } of ROUTES.filter(hasPathId))
      await app.call(method, withPathId({ path }, encoded || "x"), { bearer });
    await app.call("GET", `/api/v1/${encoded}`, { headers: { "user-agent": text } });
    await app.call("GET", `/api/v1/seats?${encoded}=${encoded}`, { headers: { accept: text, host: text } });
    await app.call("GET", "/api/v1/seats", { key: text });
    await app.call("GET", "/api/v1/seats", { bearer: text });
  }
});
afterAll(() => app.close());

describe("a log of what callers chose, hostile in every field, path, query and header", () => {
  it("stays one line of JSON a line, with nothing in it that disturbs its reader", () => {
    expect(app.lines.length).toBeGreaterThan(FORGERIES.length * 15);
    // Those that are text like any other got in, and into the log.
    expect(app.logs.filter(({ message }) => message === "Session Start").length).toBeGreaterThan(5);
    for (const line of app.lines) {
      expect(line).not.toMatch(DISTURBING);
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), message: expect.any(String) });
    }
  });

  it("has no line that a caller wrote, and no level or message that one chose", () => {
    for (const line of app.logs) expect(line["message"]).not.toContain(MARK);
    expect(app.logs.filter(({ level }) => level === "ERROR")).toEqual([]);
  });

  it("tells paths that no route has, as they were, to whom the key gives the right to be heard", () => {
    const paths = app.logs.filter(({ message }) => message === "unknown route").map(({ path }) => path);
    for (const text of FORGERIES.filter((one) => one !== "" && one.isWellFormed()))
      expect(paths).toContain(`/api/v1/${text}`);
  });

  it("has no key, whether right or wrong", () => {
    for (const line of app.lines) expect(line).not.toContain(LICENSE_KEY);
  });
});

// ASCII, Latin-1 and the general punctuation.
const CODES = [...Array(0x100).keys(), ...Array.from({ length: 0x70 }, (_, code) => 0x2000 + code)];

describe("a line of the log", () => {
  it("is the same to a parser whatever stands escaped in it", () => {
    const written: string[] = [];
    const log = createLogger("debug", (line) => written.push(line)).with({ fixed: "\u2029" });
    const hostile = CODES.map((code) => String.fromCharCode(code)).join("");
    log.info(hostile, { [hostile]: hostile, error: new Error(hostile) });
    log.count("WrongCredentials", { source_ip: hostile });
    for (const line of written) expect(DISTURBING.test(line)).toBe(false);
    expect(JSON.parse(written[0] ?? "")).toMatchObject({ message: hostile, [hostile]: hostile, fixed: "\u2029" });
    expect(JSON.parse(written[1] ?? "")).toMatchObject({ source_ip: hostile });
  });
});

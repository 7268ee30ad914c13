import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JOBS } from "../../../shared/contract/functions.ts";
import { ROUTES, type RouteName } from "../../../shared/contract/routes.ts";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { deriveKey } from "../../../shared/licensing/signing-keys.ts";
import { type Answer, LICENSE_KEY } from "../../support/app.ts";
import { hostileText } from "../../support/attacks/hostile.ts";
import { DEEP, SEED } from "../../support/deep.ts";
import { goodRequest } from "../../support/requests.ts";
import { type Server, serverPerTest } from "../../support/server.ts";
import { storedItems } from "../../support/stored.ts";

const server = serverPerTest({ terms: { max_seats: 3 }, env: { REPORT_SCHEDULE: "weekly" } });

const route = fc.constantFrom(...ROUTES);
const credential = fc.constantFrom("key", "key", "key", "lease", "access", "access", "stale", "wrong", "none");
const step = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant("call" as const),
      route,
      credential,
      text: hostileText,
      spoil: fc.nat(5),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 7_200 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("job" as const), job: fc.constantFrom(...JOBS) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("license" as const),
      file: fc.constantFrom("good", "good", "good", "cut", "none"),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const GOOD = { credential: "key", text: "", spoil: 5 } as const;
const callTo = (name: RouteName, changes: Partial<Omit<Extract<Step, { kind: "call" }>, "kind" | "route">> = {}) =>
  ROUTES.filter((one) => one.name === name).map((route) => ({ kind: "call" as const, route, ...GOOD, ...changes }));

/** Good calls that give leases and start a session, and an answer of each sort, whatever the random ones do. */
const certain = (): Step[] => [
  ...callTo("sessionKill", { credential: "access" }),
  ...(["licensePost", "sessionStart", "heartbeat", "licensePost", "heartbeat", "heartbeat"] as const).flatMap((name) =>
    callTo(name),
  ),
  ...callTo("heartbeat", { spoil: 0 }),
  ...callTo("heartbeat", { credential: "none" }),
  ...callTo("sessionKill"),
  { kind: "license", file: "none" },
  { kind: "wait", seconds: 7_200 },
  ...callTo("licenseGet"),
  { kind: "license", file: "good" },
];

/** Everything that left the server, and what no part of it may hold. */
type World = {
  server: Server;
  answers: { name: string; answer: Answer }[];
  tokens: Record<string, string>;
  pems: string[];
};

const take = async (world: World, one: Step): Promise<void> => {
  const { server: app, tokens, pems } = world;
  if (one.kind === "wait") app.clock.now += one.seconds * SECOND_MS;
  // Without a license a job may fail, so that it runs again.
  if (one.kind === "job")
    await app.invoke(one.job).catch((error) => expect(error.code).toMatch(/^License(Missing|Invalid)$/));
  if (one.kind === "license") {
    if (one.file === "good") pems.push(await app.setLicense({ max_seats: pems.length }));
    else await app.setLicenseText(one.file === "cut" ? pems.at(-1)?.slice(0, 400) : undefined);
  }
  if (one.kind !== "call") return;
  const { name } = one.route;
  const { method, path, body } = goodRequest(name, app.clock.now);
  const fields = name === "sessionStart" ? { ...body, session_id: `s-${world.answers.length}` } : body;
  const spoilt = one.spoil === 0 ? { ...fields, instance_id: one.text } : fields;
  const sent = body === undefined ? {} : { body: spoilt };
  const target =
    one.spoil === 1 ? `${path}${path.includes("?") ? "&" : "?"}${encodeURIComponent(one.text.toWellFormed())}` : path;
  const credentials = {
    key: {},
    none: { key: undefined },
    wrong: { key: `${LICENSE_KEY}x` },
    lease: { bearer: tokens["lease"] ?? "" },
    access: { bearer: tokens["access"] ?? "" },
    stale: { bearer: tokens["stale"] ?? "" },
  };
  const answer = await app.call(method, target, {
    ...sent,
    ...credentials[one.credential as keyof typeof credentials],
  });
  world.answers.push({ name, answer });
  const lease = answer.json?.lease?.token;
  if (lease !== undefined) tokens["lease"] = lease;
};

const linesOf = (pem: string): string[] => pem.split("\n").filter((line) => line.length > 16 && !line.startsWith("-"));

/** A private key in every form in which it could slip out. */
const formsOf = (seed: string, purpose: "lease" | "access"): string[] => {
  const { privateKey } = deriveKey(seed, purpose);
  const { d = "" } = privateKey.export({ format: "jwk" });
  const raw = Buffer.from(d, "base64url");
  return [seed, d, raw.toString("hex"), raw.toString("base64"), Buffer.from(seed).toString("base64").slice(0, 40)];
};

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString("latin1"));

describe("a long random run of good and bad calls, jobs and license swaps", () => {
  it("lets no key, seed or token out, and the license file to nobody but a holder of the license key", async () => {
    const app = server();
    const stale = await app.accessToken(SCOPES, "stale");
    app.clock.now += 2 * HOUR_MS;
    const answered = await app.askForToken({ subject: "fuzz", scopes: [...SCOPES], expires_in_secs: 30 * 86_400 });
    if (!answered.ok) throw new Error("no token");
    const tokens: Record<string, string> = { access: answered.token, stale };
    const world: World = { server: app, answers: [], tokens, pems: [await app.setLicense({ max_seats: 3 })] };
    const steps = [...certain(), ...fc.sample(step, { numRuns: DEEP ? 1_000 : 120, seed: SEED })];
    for (const one of steps) await take(world, one);
    world.pems.push(await app.setLicense({ max_seats: 3 }));
    app.clock.now += 8 * DAY_MS;
    for (const job of JOBS) await app.invoke(job);

    // The run has seen the sorts of answers there are.
    const statuses = new Set(world.answers.map(({ answer }) => answer.status));
    for (const status of [200, 201, 400, 401, 403, 404, 503]) expect(statuses).toContain(status);
    for (const { name, answer } of world.answers)
      if (answer.status >= 500) expect(answer.json.code, name).toMatch(/^License(Missing|Invalid)$/);

    const seedIn = (path: string) => (JSON.parse(readFileSync(path, "utf8")) as { seed: string }).seed;
    const keys = [
      LICENSE_KEY,
      ...formsOf(seedIn(app.seedPath), "lease"),
      ...formsOf(seedIn(app.accessSeedPath), "access"),
    ];
    const access = [answered.token, stale].flatMap((token) => [token, token.split(".")[2] ?? ""]);
    const leases = world.answers.flatMap(({ answer }) => answer.json?.lease?.token ?? []);
    const pemLines = world.pems.flatMap(linesOf);
    expect(leases.length).toBeGreaterThanOrEqual(5);

    const reports = filesIn(app.reportDir);
    expect(reports.length).toBeGreaterThan(0);
    expect(app.notifications.length).toBeGreaterThan(0);
    const kept = [
      ...app.lines,
      JSON.stringify(await storedItems(app)),
      JSON.stringify(app.notifications),
      ...reports,
    ].join("\n");
    for (const secret of [...keys, ...access, ...leases, ...pemLines]) expect(kept.includes(secret)).toBe(false);

    for (const { name, answer } of world.answers) {
      const said = `${JSON.stringify(answer.headers)}\n${answer.text}`;
      for (const secret of [...keys, ...access]) expect(said.includes(secret), name).toBe(false);
      const tellsLicense = (name === "licenseGet" || name === "licensePost") && answer.status === 200;
      if (!tellsLicense) for (const line of pemLines) expect(said.includes(line), name).toBe(false);
      const tellsLease = (name === "licensePost" || name === "heartbeat") && answer.status === 200;
      if (!tellsLease) expect(said, name).not.toMatch(/eyJ[\w-]{20,}\.eyJ/);
    }
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROUTES } from "../../../shared/contract/routes.ts";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { MINUTE_MS } from "../../../shared/contract/time.ts";
import { folderStore } from "../../../shared/store/folder-store.ts";
import { reportFiles } from "../../../tools/local/report-files.ts";
import { frontPerTest, requestText } from "../../support/attacks/front.ts";
import { HOSTILE_TEXTS } from "../../support/attacks/hostile.ts";
import { runsOf } from "../../support/deep.ts";
import { operatorAt } from "../../support/operator.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();
const outer = mkdtempSync(join(tmpdir(), "attacks-on-paths-"));
const folder = join(outer, "reports");
const clock = { now: Date.parse("2026-11-10T12:00:00Z") };
const front = frontPerTest(server, { serveFile: reportFiles(folder, () => clock.now) });
afterAll(() => rmSync(outer, { recursive: true }));

const REPORT = "downloads/2026-11-10/x/usage.csv";
const store = folderStore(folder, "http://localhost/_reports");
let linkQuery: string;
beforeAll(async () => {
  await store.put(REPORT, { contentType: "text/csv", body: "the report" });
  await store.put("reports/other.csv", { contentType: "text/csv", body: "another report" });
  writeFileSync(join(outer, "outside.csv"), "not a report");
  linkQuery = new URL((await store.link(REPORT, clock.now, 900)).url).search;
  const operator = operatorAt(server());
  await operator.registers();
  await operator.starts("s-1");
});

const OPEN = new Set<string>(ROUTES.filter(({ auth }) => auth.length === 0).map(({ path }) => path));

const piece = fc.constantFrom(
  ..."api v1 license sessions seats s-1 end audit health dashboard openapi.json metrics _reports".split(" "),
  ..."API .. . %2e%2e %2E %252e%252e %2f %252f %5c .%2e ..;/ %00 %0a %0d%0aX-Injected:%201 %c0%ae %E0%A4 %ff".split(
    " ",
  ),
  ..."%u002e ; * ~ $default proxy %7Bid%7D __proto__ .well-known jwks.json".split(" "),
  "",
  "x".repeat(3_000),
);
const path = fc.array(piece, { maxLength: 7 }).map((pieces) => `/${pieces.join("/")}`);
const target = fc.oneof(
  { weight: 8, arbitrary: path },
  { weight: 1, arbitrary: path.map((text) => `http://elsewhere.example.com${text}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("*", "//api/v1/license", "/api/v1/license/", "/api/v1/license#x", "?", "/?"),
  },
);

/** The path that a target has once it is decoded: once, without resolving anything. */
const decodedOnce = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replace(/^http:\/\/[^/]*/, "").split(/[?#]/)[0] ?? "");
  } catch {
    return undefined;
  }
};

const withoutExtraSlashes = (text: string): string => text.replace(/\/+/g, "/").replace(/(?<=.)\/$/, "");

describe("a path of any making", () => {
  it("opens without a key no more than what is open, fails nothing and writes nothing", async () => {
    const { send, failures } = front();
    await leavingNoTrace(server(), () =>
      fc.assert(
        fc.asyncProperty(target, fc.constantFrom("GET", "POST", "DELETE", "HEAD"), async (text, method) => {
          const { status = 0, head } = await send(requestText(method, text, []));
          expect(status).toBeGreaterThanOrEqual(200);
          expect(status).toBeLessThan(500);
          if (status < 400) expect(OPEN).toContain(withoutExtraSlashes(decodedOnce(text) ?? ""));
          expect(head).not.toMatch(/x-injected/i);
        }),
        { numRuns: runsOf(100) },
      ),
    );
    expect(failures).toEqual([]);
  });

  it.each([
    "/api/v1/sessions/../license",
    "/api/v1/./license",
    "/API/V1/LICENSE",
    "/api/v1/license%00",
    "/api/v1/license;x=1",
    "/api%252fv1%252flicense",
    "/health/../api/v1/license",
    "/dashboard/../api/v1/license",
  ])("is never tidied up until it is a route: %s", async (text) => {
    const { send } = front();
    const { status } = await send(requestText("GET", text, [["x-license-key", "a-license-key-for-tests-0123456789"]]));
    // Where it is a session's id, GET is none of its methods.
    expect([404, 405]).toContain(status);
  });
});

describe("an id of any making", () => {
  const ids = [
    ...HOSTILE_TEXTS,
    "..",
    ".",
    "s-1/../s-1",
    "s-1%2fend",
    "s-1/end",
    "SESSION",
    "OPERATORS",
    "x".repeat(3_000),
  ];
  const encodings = [encodeURIComponent, (id: string) => encodeURIComponent(encodeURIComponent(id))];

  it("ends, kills and releases nothing that has another, and fails nothing", async () => {
    const bearer = await server().accessToken(SCOPES);
    const { send, failures } = front();
    const body = JSON.stringify({ ended_at: new Date(server().clock.now + MINUTE_MS).toISOString() });
    const type = ["content-type", "application/json"] as const;
    const length = ["content-length", String(body.length)] as const;
    await leavingNoTrace(server(), async () => {
      for (const id of ids.map((text) => text.toWellFormed()))
        for (const encode of encodings) {
          if (encode(id) === "") continue;
          const at = `/api/v1/sessions/${encode(id)}`;
          const end = requestText("POST", `${at}/end`, [
            ["x-license-key", "a-license-key-for-tests-0123456789"],
            type,
            length,
          ]);
          const token = ["authorization", `Bearer ${bearer}`] as const;
          const answers = [
            await send(`${end}${body}`),
            await send(requestText("DELETE", at, [token])),
            await send(requestText("DELETE", `/api/v1/seats/${encode(id)}`, [token])),
          ];
          for (const { status } of answers) expect([400, 404], encode(id)).toContain(status);
        }
    });
    expect(failures).toEqual([]);
  });
});

describe("a link to a report", () => {
  const part = fc.constantFrom(
    ..."downloads 2026-11-10 x usage.csv reports other.csv outside.csv .link-key .. . %2e%2e %2f %5c %00 %252e etc".split(
      " ",
    ),
    "",
  );
  const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join("/"));

  it("gives the one file it was made for, and with another path none, whatever is there", async () => {
    const { send } = front();
    expect((await send(requestText("GET", `/_reports/${REPORT}${linkQuery}`, []))).body).toBe("the report");
    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        fc.pre(decodedOnce(text) !== REPORT);
        const { status, body } = await send(requestText("GET", `/_reports/${text}${linkQuery}`, []));
        expect([400, 403]).toContain(status);
        expect(body).not.toMatch(/report"|not a report/);
      }),
      { numRuns: runsOf(80) },
    );
  });

  it("that is changed anywhere, or over, gives nothing", async () => {
    const { send } = front();
    const parameters = new URLSearchParams(linkQuery);
    const [expires = "", signature = ""] = [parameters.get("expires") ?? "", parameters.get("signature") ?? ""];
    const forged = [
      "",
      `?expires=${expires}`,
      `?signature=${signature}`,
      `?expires=${Number(expires) + 1}&signature=${signature}`,
      `?expires=${expires}0&signature=${signature}`,
      `?expires=0${expires}&signature=${signature}`,
      `?expires=${expires}.0&signature=${signature}`,
      `?expires=1e12&signature=${signature}`,
      `?expires=9999999999&expires=${expires}&signature=${signature}`,
      `?expires=${expires}&signature=`,
      `?expires=${expires}&signature=${signature.slice(1)}`,
      `?expires=${expires}&signature=${[...signature].reverse().join("")}`,
      `?expires=${expires}&signature=${"A".repeat(43)}`,
      `?expires=${expires}&signature=${"A".repeat(10_000)}`,
    ];
    for (const query of forged)
      expect((await send(requestText("GET", `/_reports/${REPORT}${query}`, []))).status, query.slice(0, 80)).toBe(403);
    clock.now += 15 * MINUTE_MS;
    expect((await send(requestText("GET", `/_reports/${REPORT}${linkQuery}`, []))).status).toBe(403);
    clock.now -= 15 * MINUTE_MS;
  });
});

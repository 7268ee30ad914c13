import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { createCredential, tokenTrouble } from "../../../agent/credential.ts";
import { createAlive } from "../../../agent/health/alive.ts";
import { createMetrics } from "../../../agent/health/metrics.ts";
import { createLease } from "../../../agent/lease/lease.ts";
import { createLog } from "../../../agent/log.ts";
import { offsetOf } from "../../../agent/loop/failures.ts";
import { createStopReports } from "../../../agent/loop/stop-reports.ts";
import { readOperator } from "../../../agent/operator/read.ts";
import { createTransport } from "../../../agent/transport.ts";
import { createTroubles } from "../../../agent/troubles.ts";
import { DAY_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { refusal, startApiServer } from "../../support/kube/api-server.ts";
import { kubeOf } from "../../support/kube/watching.ts";
import { START } from "../../support/license.ts";

describe("troubles", () => {
  it("are reported when they begin and when they are over, whatever happens between", () => {
    const lines: Record<string, unknown>[] = [];
    const reported: string[] = [];
    const log = createLog(
      "info",
      (line) => void lines.push(JSON.parse(line)),
      () => START,
    );
    const troubles = createTroubles(log, (text) => reported.push(text));
    troubles.over("x");
    for (const text of ["one", "two"]) troubles.begin("x", text);
    expect([...troubles.current()]).toEqual([["x", "two"]]);
    troubles.set("x", undefined);
    expect(reported).toEqual(["one", "Over: two"]);
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ["ERROR", "one"],
      ["INFO", "Over: two"],
    ]);
  });
});

describe("the log", () => {
  it("is one line of JSON per fact, which no text can break", () => {
    const lines: string[] = [];
    createLog(
      "warn",
      (line) => void lines.push(line),
      () => START,
    ).error("a\nb\u2028c\u009b", { level: "x\u202ey" });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ message: "a\nb\u2028c\u009b" });
  });
});

describe("a credential", () => {
  const tokenThatEnds = (at: number): string =>
    ["{}", JSON.stringify({ exp: at / SECOND_MS }), ""]
      .map((part) => Buffer.from(part).toString("base64url"))
      .join(".");

  it("is the token where there is one, the key otherwise, and its last content if a file cannot be read", () => {
    const files = new Map([["/token", "one"]]);
    const credential = createCredential({ tokenFile: "/token", licenseKey: "key" }, (path) => files.get(path));
    expect(credential.headers()).toEqual({ authorization: "Bearer one" });
    const version = credential.version();
    credential.reload();
    expect(credential.version()).toBe(version);
    files.set("/token", "two");
    credential.reload();
    expect(credential.version()).not.toBe(version);
    files.delete("/token");
    credential.reload();
    expect(credential.headers()).toEqual({ authorization: "Bearer two" });
    expect(credential.alternate()).toBe(true);
    expect(credential.headers()).toEqual({ "x-license-key": "key" });
    expect(createCredential({ licenseKey: "key" }).alternate()).toBe(false);
  });

  it("that is a token is a trouble from 30 days before its end", () => {
    const end = START + 30 * DAY_MS;
    const credential = createCredential({ tokenFile: "/token" }, () => tokenThatEnds(end));
    expect(tokenTrouble(credential.endsAt(), START - 1, 30 * DAY_MS)).toBeUndefined();
    expect(tokenTrouble(credential.endsAt(), START, 30 * DAY_MS)).toMatch(
      /^The agent's access token expires at 2026-12-10/,
    );
    expect(tokenTrouble(credential.endsAt(), end, 30 * DAY_MS)).toMatch(/expired at/);
    expect(createCredential({ tokenFile: "/token" }, () => "opaque").endsAt()).toBeUndefined();
    expect(createCredential({ licenseKey: tokenThatEnds(end) }).endsAt()).toBeUndefined();
  });
});

describe("the Lease", () => {
  const LEASES = "/apis/coordination.k8s.io/v1/namespaces/mirrord/leases";
  it("has one holder, until it is released or not renewed in time by the API server's clock", async () => {
    let serverNow = START;
    const kube = await startApiServer({ now: () => serverNow, installed: [] });
    const leaseOf = (holder: string, clock: () => number) =>
      createLease({ ...{ kube: kubeOf(kube.url), namespace: "mirrord", holder, durationMs: 30_000 }, now: clock });
    // The clocks of the processes are an hour off, each in its own direction.
    const one = leaseOf("one", () => serverNow - 3_600_000);
    const two = leaseOf("two", () => serverNow + 3_600_000);
    const taken = (holder: string) => ({ kind: "taken", holder });
    expect(await one.hold()).toEqual({ kind: "held" });
    expect(await two.hold()).toEqual(taken("one"));
    serverNow += 29_000;
    expect(await one.hold()).toEqual({ kind: "held" });
    serverNow += 29_000;
    expect(await two.hold()).toEqual(taken("one"));
    serverNow += 1_000;
    expect(await two.hold()).toEqual({ kind: "held" });
    expect(await one.hold()).toEqual(taken("two"));
    await one.release();
    expect(await one.hold()).toEqual(taken("two"));
    await two.release();
    expect(await one.hold()).toEqual({ kind: "held" });
    expect(kube.get(LEASES, "mirrord-license-agent")?.["spec"]).toMatchObject({
      holderIdentity: "one",
      leaseTransitions: 2,
    });
    // Both see it free; one of them writes first.
    await one.release();
    const both = await Promise.all([one.hold(), two.hold()]);
    expect(both.filter(({ kind }) => kind === "held")).toHaveLength(1);
    kube.setRule(() => refusal(403, "Forbidden", "no leases"));
    expect(await one.hold()).toEqual({ kind: "failed", detail: "403 Forbidden no leases" });
    await kube.close();
  });
});

describe("the MirrordOperator object", () => {
  it("is read whatever it has, and its absence is no failure", async () => {
    const kube = await startApiServer({ installed: [] });
    const read = (body: unknown) => {
      kube.setRule(() => ({ status: 200, body }));
      return readOperator(kubeOf(kube.url));
    };
    const nothing = { version: undefined, licenseExpiry: undefined, sessions: undefined };
    for (const body of [
      null,
      1,
      "text",
      [],
      {},
      { spec: null, status: 3 },
      { spec: { operator_version: 7, license: "x" } },
    ])
      expect(await read(body)).toEqual({ kind: "read", facts: nothing });
    expect(await read({ spec: { operator_version: "a\nb" } })).toEqual({ kind: "read", facts: nothing });
    kube.setRule(() => refusal(404, "NotFound"));
    expect(await readOperator(kubeOf(kube.url))).toEqual({ kind: "missing" });
    kube.setRule(() => ({ status: 503, body: "no endpoints" }));
    expect(await readOperator(kubeOf(kube.url))).toEqual({ kind: "failed", detail: "503" });
    await kube.close();
  });
});

describe("health", () => {
  it("is lost by a loop that does not keep its promise, and regained", () => {
    let now = 0;
    const alive = createAlive(() => now, 1_000);
    alive.within("beat", 500);
    now = 1_500;
    expect(alive.late()).toEqual([]);
    now = 1_501;
    expect(alive.late()).toEqual(["beat"]);
    alive.within("beat", 500);
    expect(alive.late()).toEqual([]);
  });

  it("has metrics in Prometheus's text format, with labels escaped", () => {
    const metrics = createMetrics();
    metrics.add("stops_total", { outcome: 'a"b\\c\nd' });
    metrics.add("stops_total", { outcome: "requested" }, 2);
    metrics.set("events_waiting", 7);
    expect(metrics.text()).toBe(
      [
        "# HELP mirrord_license_agent_events_waiting Events that the license server has not acknowledged.",
        "# TYPE mirrord_license_agent_events_waiting gauge",
        "mirrord_license_agent_events_waiting 7",
        "# HELP mirrord_license_agent_stops_total Requests to stop a session by outcome.",
        "# TYPE mirrord_license_agent_stops_total counter",
        'mirrord_license_agent_stops_total{outcome="a\\"b\\\\c\\nd"} 1',
        'mirrord_license_agent_stops_total{outcome="requested"} 2',
        "",
      ].join("\n"),
    );
  });
});

describe("reports of stops", () => {
  it("are the latest of each session, until the server has them", () => {
    const reports = createStopReports();
    reports.add({ session_id: "a", outcome: "failed" });
    reports.add({ session_id: "b", outcome: "requested" });
    const sent = reports.waiting(10);
    reports.add({ session_id: "a", outcome: "requested" });
    reports.delivered(sent);
    expect(reports.waiting(10)).toEqual([{ session_id: "a", outcome: "requested" }]);
  });
});

describe("calls to the license server", () => {
  const signal = AbortSignal.timeout(20_000);
  const listen = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const close = async (server: Server): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };

  it("carry method, headers and body, and follow no redirect", async () => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method, headers } = request;
        response.writeHead(303, { location: "/else", date: "Tue, 10 Nov 2026 12:00:00 GMT" });
        response.end(
          JSON.stringify({ method, key: headers["x-license-key"], body: Buffer.concat(chunks).toString("utf8") }),
        );
      });
    });
    const url = await listen(server);
    const send = await createTransport(undefined);
    const answer = await send(url, { method: "POST", headers: { "x-license-key": "key" }, body: "höst", signal });
    expect([answer.status, answer.ok, answer.headers.get("Location"), answer.headers.get("none")]).toEqual([
      303,
      false,
      "/else",
      null,
    ]);
    expect(JSON.parse(await answer.text())).toEqual({ method: "POST", key: "key", body: "höst" });
    await close(server);
    await expect(send(url, { signal })).rejects.toThrow(/ECONNREFUSED/);
  });

  it("end when their time is over", async () => {
    const server = createServer(() => {});
    const send = await createTransport(undefined);
    const stop = new AbortController();
    const call = send(await listen(server), { signal: stop.signal });
    stop.abort();
    await expect(call).rejects.toThrow(/abort/);
    await close(server);
  });

  it("go through the proxy, except to the hosts that need none", async () => {
    const connects: string[] = [];
    const proxy = createServer((_, response) => response.end());
    proxy.on("connect", (request, socket) => {
      connects.push(request.url ?? "");
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    const through = await createTransport({ url: await listen(proxy), except: "127.0.0.1" });
    await expect(through("https://license.invalid/health", { signal })).rejects.toThrow();
    await expect(through("https://127.0.0.1:1/health", { signal })).rejects.toThrow();
    expect(connects).toEqual(["license.invalid:443"]);
    await close(proxy);
  });
});

describe("the offset of the server's clock", () => {
  it("is what no moment of the call explains", () => {
    expect(offsetOf(1_000, 500, 10_500)).toBe(0);
    expect(offsetOf(400, 500, 10_500)).toBe(-100);
    expect(offsetOf(11_000, 500, 10_500)).toBe(500);
  });
});

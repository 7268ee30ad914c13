import { describe, expect, it } from "vitest";
import { PROMETHEUS_METRICS } from "../../../shared/contract/metrics.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { START } from "../../support/app.ts";
import { catalogAdmin, clusterAgent } from "../../support/catalog-admin.ts";
import { operatorOf } from "../../support/reaper-world.ts";
import { scrape } from "../../support/scrape.ts";
import { serverPerTest } from "../../support/server.ts";
import { clientOf, endBody, endedEvent, startBody } from "../../support/wire.ts";

const server = serverPerTest({ terms: { type: "teams", max_seats: 3 } });

const ACCEPTED_BY_PROMETHEUS =
  "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

describe("a scrape", () => {
  it("is Prometheus' text format 0.0.4 where nothing else is asked for", async () => {
    const { status, headers, text } = await server().call("GET", "/metrics");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(text.endsWith("\n")).toBe(true);
    expect(text).not.toContain("# EOF");
    expect(text).toContain("# TYPE mirrord_sessions_create_total counter\n");
  });

  it("is OpenMetrics 1.0 for those who ask as Prometheus does: counters without _total in their family's name, and an end", async () => {
    const { headers, text } = await server().call("GET", "/metrics", { headers: { accept: ACCEPTED_BY_PROMETHEUS } });
    expect(headers["content-type"]).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(text.endsWith("\n# EOF\n")).toBe(true);
    expect(text).toContain("# TYPE mirrord_sessions_create counter\nmirrord_sessions_create_total 0\n");
  });

  it("gives help and type for each metric that it tells of, before its samples", async () => {
    await scrape(server());
    server().clock.now += DAY_MS;
    await server().invoke("dayClose");
    const { text } = await server().call("GET", "/metrics");
    const perUser = ["license_server_user_sessions", "license_server_user_session_seconds"];
    for (const [name, { type, help }] of Object.entries(PROMETHEUS_METRICS)) {
      const head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}`;
      if (perUser.includes(name)) expect(text).not.toContain(name);
      else expect(text).toContain(head);
    }
  });

  it("tells the license and the seats", async () => {
    await operatorOf(server()).starts("s-1");
    expect(await scrape(server())).toMatchObject({
      mirrord_license_valid_seconds: 360 * 86_400,
      license_server_license_valid: 1,
      license_server_license_expiry_timestamp_seconds: START / 1_000 + 360 * 86_400,
      license_server_license_max_seats: 3,
      license_server_seats_used: 1,
      license_server_seats_available: 2,
      license_server_seats_overage: 0,
    });
  });

  it("tells in how many clusters the catalog is applied, and in how many there is which trouble", async () => {
    const states = async () =>
      Object.fromEntries(
        Object.entries(await scrape(server())).flatMap(([name, value]) =>
          value !== 0 && name.startsWith("license_server_policy_apply_state") ? [[name.slice(41, -2), value]] : [],
        ),
      );
    expect(await states()).toEqual({});
    await catalogAdmin(server).put();
    const [good, bad] = [clusterAgent(server, "good"), clusterAgent(server, "bad")];
    for (const agent of [good, bad]) await agent.register("dev");
    const since = new Date(server().clock.now).toISOString();
    const report = (entries: object[]) => ({
      catalog_status: { catalog_id: "c", revision: 1, state: "applied", entries },
    });
    await good.beat("dev", report([]));
    const trouble = (name: string, state: string) => ({ kind: "MirrordClusterPolicy", name, state, since });
    await bad.beat("other", report([trouble("a", "conflict"), trouble("b", "conflict"), trouble("c", "pending")]));
    expect(await states()).toEqual({ applied: 1, conflict: 1, pending: 1 });
  });

  it("tells of seats beyond the maximum where the policy allows them", async () => {
    await server().setLicense({ type: "enterprise", max_seats: 1, subscription_id: "big" });
    server().clock.now += 2 * MINUTE_MS;
    const operator = operatorOf(server());
    for (const id of ["s-1", "s-2", "s-3"]) await operator.starts(id);
    expect(await scrape(server())).toMatchObject({
      license_server_seats_used: 3,
      license_server_seats_available: 0,
      license_server_seats_overage: 2,
    });
  });

  it("leaves out a maximum that there is not", async () => {
    await server().setLicense({ type: "enterprise", max_seats: null, subscription_id: "all" });
    server().clock.now += 2 * MINUTE_MS;
    const samples = await scrape(server());
    expect(samples).toMatchObject({ license_server_seats_used: 0, license_server_seats_overage: 0 });
    expect(samples).not.toHaveProperty("license_server_license_max_seats");
    expect(samples).not.toHaveProperty("license_server_seats_available");
  });

  it("answers without a license: that there is none is what it tells", async () => {
    await server().setLicenseText(undefined);
    server().clock.now += 2 * MINUTE_MS;
    const samples = await scrape(server());
    expect(samples).toMatchObject({ license_server_license_valid: 0, mirrord_license_valid_seconds: 0 });
    expect(samples).not.toHaveProperty("license_server_seats_used");
  });

  it("has the seat history's last closed day, and nothing of it before the first", async () => {
    const operator = operatorOf(server());
    await operator.starts("s-1");
    await operator.ends("s-1");
    expect(await scrape(server())).not.toHaveProperty("license_server_seats_held_day_max");
    server().clock.now += 15 * DAY_MS;
    await server().invoke("dayClose");
    expect(await scrape(server())).toMatchObject({
      license_server_seats_held_day_max: 1,
      license_server_seat_users_active: 0,
      'license_server_seat_users_idle{days="7"}': 1,
      'license_server_seat_users_idle{days="14"}': 1,
      'license_server_seat_users_idle{days="30"}': 0,
    });
  });

  it("tells of an expired license by 0, and since when", async () => {
    server().clock.now = START + 361 * DAY_MS;
    expect(await scrape(server())).toMatchObject({
      license_server_license_valid: 0,
      mirrord_license_valid_seconds: 0,
      license_server_license_expiry_timestamp_seconds: START / 1_000 + 360 * 86_400,
    });
  });

  it("counts starts, live sessions and durations, those of CI apart", async () => {
    const operator = operatorOf(server());
    for (const id of ["s-1", "s-2"]) await operator.starts(id);
    await operator.startsAll(["c-1", "c-2", "c-3"]);
    server().clock.now += 45 * SECOND_MS;
    await operator.ends("s-1");
    await operator.ends("c-1");
    server().clock.now += 15 * SECOND_MS;
    await operator.beats(["s-2", "c-3"], { ended: [{ session_id: "c-2", ...endBody(server().clock.now) }] });
    expect(await scrape(server())).toMatchObject({
      mirrord_sessions_create_total: 2,
      mirrord_ci_sessions_create_total: 3,
      'license_server_sessions_active{ci="false"}': 1,
      'license_server_sessions_active{ci="true"}': 1,
      'mirrord_sessions_duration_bucket{le="30.0"}': 0,
      'mirrord_sessions_duration_bucket{le="60.0"}': 1,
      'mirrord_sessions_duration_bucket{le="+Inf"}': 1,
      mirrord_sessions_duration_sum: 45,
      mirrord_sessions_duration_count: 1,
      'mirrord_ci_sessions_duration_bucket{le="60.0"}': 2,
      mirrord_ci_sessions_duration_sum: 105,
      mirrord_ci_sessions_duration_count: 2,
    });
  });

  it("counts a session once, however often and in whatever order its start and end come", async () => {
    const operator = operatorOf(server());
    const now = server().clock.now;
    const told = endedEvent(now, "s-1");
    for (let time = 0; time < 2; time += 1) await operator.beats([], { ended: [told, told] });
    await operator.beats([], { started: [startBody(now - MINUTE_MS, { session_id: "s-1" })] });
    await operator.starts("s-2");
    await operator.starts("s-2");
    for (let time = 0; time < 2; time += 1) await operator.ends("s-2");
    expect(await scrape(server())).toMatchObject({
      mirrord_sessions_create_total: 2,
      mirrord_sessions_duration_count: 2,
      mirrord_sessions_duration_sum: 60,
    });
  });

  it("tells operators by state", async () => {
    await operatorOf(server(), "op-1").beats([]);
    server().clock.now += 2 * MINUTE_MS;
    await operatorOf(server(), "op-2").beats([]);
    server().clock.now += 2 * MINUTE_MS;
    expect(await scrape(server())).toMatchObject({
      'license_server_operators{state="active"}': 1,
      'license_server_operators{state="stale"}': 1,
      'license_server_operators{state="gone"}': 0,
    });
  });

  it("counts the operators whose lists are refused, and those whose instance_id two operators use", async () => {
    const faults = async () => {
      const all = await scrape(server());
      return ["list_refused", "id_shared"].map((fault) => all[`license_server_operator_faults{fault="${fault}"}`]);
    };
    const [one, other] = [operatorOf(server(), "op-1"), operatorOf(server(), "op-1")];
    await one.beats([], { seq: 100 });
    expect(await faults()).toEqual([0, 0]);
    for (let round = 1; round <= 3; round += 1) {
      server().clock.now += MINUTE_MS;
      await other.beats(["s-1"], { seq: round });
      if (round === 1) expect(await faults()).toEqual([1, 0]);
      await one.beats([], { seq: 100 + round });
    }
    expect(await faults()).toEqual([0, 1]);
    server().clock.now += 20 * MINUTE_MS;
    expect(await faults()).toEqual([0, 0]);
  });

  it("says nothing of users unless it is told to", async () => {
    const operator = operatorOf(server());
    await operator.starts("s-1");
    await operator.ends("s-1");
    const { text } = await server().call("GET", "/metrics");
    expect(text).not.toContain("user-of-s-1");
  });
});

describe("with labels of users", () => {
  const perUser = serverPerTest({ env: { METRICS_PER_USER: "true" } });

  it("tells what ended this month, under the original's label names, escaped as both formats want it", async () => {
    const now = perUser().clock.now;
    const client = { ...clientOf("ana"), username: 'an"a', hostname: "back\\slash" };
    const start = startBody(now - MINUTE_MS, { session_id: "s-1", client });
    await operatorOf(perUser()).beats([], { ended: [{ session_id: "s-1", ...endBody(now), start }] });
    const labels =
      'client_hostname="back\\\\slash",client_name="an\\"a",client_user="ana@example.com",user_id="SHA256:ana",ci="false"';
    for (const accept of ["text/plain", ACCEPTED_BY_PROMETHEUS])
      expect(await scrape(perUser(), { headers: { accept } })).toMatchObject({
        [`license_server_user_sessions{${labels}}`]: 1,
        [`license_server_user_session_seconds{${labels}}`]: 60,
        mirrord_sessions_create_total: 1,
      });
  });

  const stripping = serverPerTest({ env: { METRICS_PER_USER: "true", DISPLAY_NAME_STRIP: "-[0-9]+" } });

  it("makes one series of users whose shown names are equal: a scraper would refuse the same one twice", async () => {
    const now = stripping().clock.now;
    const events = ["dev-1", "dev-2"].map((username) => ({
      session_id: username,
      ...endBody(now),
      start: startBody(now - MINUTE_MS, { session_id: username, client: { ...clientOf("same"), username } }),
    }));
    await operatorOf(stripping()).beats([], { ended: events });
    const { text } = await stripping().call("GET", "/metrics");
    const series = text.split("\n").filter((line) => line.startsWith("license_server_user_sessions{"));
    expect(series).toEqual([expect.stringMatching(/client_name="dev",.* 2$/)]);
  });
});

import { describe, expect, it } from "vitest";
import { formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { createApp, START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { clientOf, startBody } from "../../support/wire.ts";

const server = serverPerTest({ terms: { max_seats: 2 } });
const operator = () => operatorAt(server());
const seats = async (query = "") => expectSuccess("seatList", await server().call("GET", `/api/v1/seats${query}`));

const PERIOD = { from: "2026-11-05T00:00:00.000Z", to: "2026-12-05T00:00:00.000Z" };

describe("the seats", () => {
  it("are all free where nobody has run a session in the period", async () => {
    expect(await seats()).toEqual({
      used: 0,
      max: 2,
      available: 2,
      overage: 0,
      tracking_mode: "ClientCertificate",
      period: PERIOD,
      seats: [],
      next: null,
    });
  });

  it("are listed with who holds them, the oldest claim first", async () => {
    await operator().starts("s-1", "ben");
    server().clock.now += HOUR_MS;
    const { seat } = expectSuccess("sessionStart", await operator().starts("s-2", "ana"), 201);
    await operator().starts("s-3", "ben");
    const body = await seats();
    expect(body).toMatchObject({ used: 2, available: 0 });
    expect(body.seats).toEqual([
      expect.objectContaining({ client_username: "ben", claimed_at: formatTime(START) }),
      {
        id: seat?.id,
        kubernetes_username: "ana@example.com",
        client_hostname: "ana-laptop",
        client_username: "ana",
        claimed_at: formatTime(START + HOUR_MS),
        last_seen: formatTime(START + HOUR_MS),
        live_sessions: 1,
        overage: false,
      },
    ]);
  });

  it.each([false, true])(
    "come page by page, each once, also those claimed at once; with pseudonyms: %j",
    async (hidden) => {
      const app = await createApp({ terms: { max_seats: 9 }, env: { PSEUDONYMS_ONLY: String(hidden) } });
      const ask = async (query: string) => expectSuccess("seatList", await app.call("GET", `/api/v1/seats?${query}`));
      for (const [n, user] of ["a", "b", "c", "d", "e"].entries()) {
        if (n === 3) app.clock.now += MINUTE_MS;
        const body = startBody(app.clock.now, { session_id: user, client: clientOf(user) });
        expect((await app.call("POST", "/api/v1/sessions", { body })).status).toBe(201);
      }
      const whole = await ask("");
      expect(whole).toMatchObject({ used: 5, next: null });
      const paged: unknown[] = [];
      let next: string | null | undefined = "";
      for (let page = 0; page < 3; page += 1) {
        const body = await ask(`limit=2${next ? `&cursor=${next}` : ""}`);
        expect(body).toMatchObject({ used: 5, available: 4 });
        paged.push(...(body.seats ?? []));
        next = body.next;
      }
      expect(next).toBeNull();
      expect(paged).toEqual(whole.seats);
      await app.close();
    },
  );

  it("of people with long names come in pages that are still small", async () => {
    await operator().starts("s-1", "ana");
    const [one] = (await storedUnder(server(), "SEATS#")).filter(({ sk }) => String(sk).startsWith("SEAT#"));
    const name = "я".repeat(250);
    const others = Array.from({ length: 1_500 }, (_, n) => {
      const names = { kubernetesUsername: name, clientHostname: name, clientUsername: name };
      return { ...one, ...names, id: `seat-${n}`, pk: String(one?.["pk"]), sk: `SEAT#seat-${n}` };
    });
    await server().table.batchPut(others);
    const first = await server().call("GET", "/api/v1/seats");
    expect(first.bytes.byteLength).toBeLessThan(2_100_000);
    const { seats: shown = [], next } = expectSuccess("seatList", first);
    const rest = await seats(`?cursor=${next}`);
    expect(rest.next).toBeNull();
    expect(new Set([...shown, ...(rest.seats ?? [])].map(({ id }) => id)).size).toBe(1_501);
  });

  it("note once a day when a holder was last seen", async () => {
    await operator().starts("s-1", "ana");
    server().clock.now = Date.parse("2026-11-11T08:00:00Z");
    await operator().starts("s-2", "ana");
    expect((await seats()).seats).toMatchObject([
      { claimed_at: formatTime(START), last_seen: "2026-11-11T08:00:00.000Z" },
    ]);
  });

  it("show as overage what is claimed beyond the maximum", async () => {
    await server().setLicense({ type: "enterprise", max_seats: 1 });
    for (const user of ["ana", "ben", "cyd"]) await operator().starts(`s-${user}`, user);
    const body = await seats();
    expect(body).toMatchObject({ used: 3, max: 1, available: 0, overage: 2 });
    expect(body.seats?.map(({ overage }) => overage).toSorted()).toEqual([false, true, true]);
  });

  it("have no maximum where the license is unlimited", async () => {
    await server().setLicense({ max_seats: null });
    await operator().starts("s-1");
    expect(await seats()).toMatchObject({ used: 1, max: null, available: null, overage: 0 });
  });

  it("are counted by Kubernetes user where the license says so", async () => {
    await server().setLicense({ seat_tracking_mode: "KubernetesUser", max_seats: 5 });
    const ana = { id: "SHA256:1", hostname: "laptop", username: "ana", kubernetes_username: "ana@example.com" };
    await operator().starts("s-1", "ana", { client: ana });
    await operator().starts("s-2", "ana", { client: { ...ana, id: "SHA256:2", hostname: "desktop" } });
    expect(await seats()).toMatchObject({ used: 1, tracking_mode: "KubernetesUser" });
  });

  it("are all free again when the period ends", async () => {
    await operator().starts("s-1", "ana");
    server().clock.now = Date.parse(PERIOD.to) - 1;
    expect(await seats()).toMatchObject({ used: 1, period: PERIOD });
    server().clock.now += 1;
    expect(await seats()).toMatchObject({ used: 0, seats: [], period: { from: PERIOD.to } });
  });

  it("stay claimed when the subscription's license is renewed, and are another book's under another subscription", async () => {
    await server().setLicense({ subscription_id: "sub_1", max_seats: 2 });
    await operator().starts("s-1", "ana");
    await server().setLicense({ subscription_id: "sub_1", max_seats: 8 }, { notBefore: START - MINUTE_MS });
    server().clock.now += MINUTE_MS;
    expect(await seats()).toMatchObject({ used: 1, max: 8, period: PERIOD });
    await server().setLicense({ subscription_id: "sub_2" });
    server().clock.now += MINUTE_MS;
    expect(await seats()).toMatchObject({ used: 0 });
  });

  it.each(["expired", "not_yet_valid"])("are shown under a license that is %s, too", async (status) => {
    const validity = status === "expired" ? { notAfter: START - HOUR_MS } : { notBefore: START + HOUR_MS };
    await server().setLicense({}, validity);
    expect((await seats()).used).toBe(0);
  });
});

describe("the summary", () => {
  it("is the same without the list", async () => {
    await operator().starts("s-1", "ana");
    const { seats: _list, next: _next, ...numbers } = await seats("?summary=false");
    server().clock.now += 10 * SECOND_MS;
    expect(await seats("?summary=true")).toEqual(numbers);
  });

  it("costs one small read", async () => {
    await operator().starts("s-1", "ana");
    await seats("?summary=true");
    server().clock.now += 10 * SECOND_MS;
    server().consumed.length = 0;
    await seats("?summary=true");
    expect(server().consumed).toEqual([{ operation: "GetItem", units: 0.5 }]);
  });
});

import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { deriveKey } from "../../../shared/licensing/signing-keys.ts";
import { auditWrite } from "../../../shared/store/audit.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { secretsIn } from "../../support/secrets.ts";
import { type Server, serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";

const server = serverPerTest({ terms: { type: "teams", max_seats: 1, subscription_id: "sub-1" } });

const audit = async (query = "", app: Server = server()) =>
  expectSuccess(
    "auditList",
    await app.call("GET", `/api/v1/audit${query}`, { bearer: await app.accessToken(["audit:read"]) }),
  );

/** Every page of a list, one after the other. */
const pages = async (query: string, between: () => Promise<void> = async () => undefined) => {
  const found: Awaited<ReturnType<typeof audit>>["entries"][] = [];
  let next: string | null = "";
  while (next !== null) {
    const page: Awaited<ReturnType<typeof audit>> = await audit(next === "" ? query : `${query}&cursor=${next}`);
    found.push(page.entries);
    next = page.next;
    await between();
  }
  return found;
};

/** Rows as decisions leave them, at these moments. */
const put = async (times: readonly number[]): Promise<string[]> => {
  const rows = times.map((time, place) => {
    const write = auditWrite({ action: "test.row", actor: `row-${place}` }, time, `id-${place}`, 100);
    if (write.kind !== "put") throw new Error("it is a put");
    return write.item;
  });
  await server().table.batchPut(rows);
  return rows.map((row) => String(row["actor"]));
};

const actors = (list: readonly { actor: string }[]) => list.map(({ actor }) => actor);

describe("the audit", () => {
  it("is empty where nothing was decided", async () => {
    expect(await audit()).toEqual({ entries: [], next: null });
  });

  it("tells who did what, the oldest first, and whatever a row holds in snake_case", async () => {
    const under = operatorAt(server());
    const { seat } = expectSuccess("sessionStart", await under.starts("s-1", "ana"), 201);
    server().clock.now += MINUTE_MS;
    await under.starts("s-2", "ben");
    server().clock.now += MINUTE_MS;
    const bearer = await server().accessToken(["seats:delete"], "the admin");
    await server().call("DELETE", `/api/v1/seats/${seat?.id}`, { bearer });
    server().clock.now += MINUTE_MS;
    const { entries } = await audit();
    expect(entries).toEqual([
      {
        time: formatTime(START),
        action: "seat.claimed",
        actor: "op-1",
        details: {
          seat_id: seat?.id,
          session_id: "s-1",
          kubernetes_username: "ana@example.com",
          client_hostname: "ana-laptop",
        },
      },
      {
        time: formatTime(START + MINUTE_MS),
        action: "seat.denied",
        actor: "op-1",
        details: {
          seat_id: expect.any(String),
          session_id: "s-2",
          kubernetes_username: "ben@example.com",
          client_hostname: "ben-laptop",
        },
      },
      {
        time: formatTime(START + 2 * MINUTE_MS),
        action: "seat.released",
        actor: "the admin",
        details: { seat_id: seat?.id, kubernetes_username: "ana@example.com", client_hostname: "ana-laptop" },
      },
    ]);
  });

  it("is of the last 30 days where no time is given", async () => {
    await put([START - 30 * DAY_MS - 1, START - 30 * DAY_MS, START - DAY_MS, START, START + 1]);
    expect(actors((await audit()).entries)).toEqual(["row-1", "row-2", "row-3"]);
  });

  it("holds from `from` on and what came before `to`, to the millisecond", async () => {
    const at = START - 3 * DAY_MS;
    await put([at - 1, at, at + 1, at + DAY_MS - 1, at + DAY_MS, at + DAY_MS + 1]);
    const range = async (from: number, to: number) =>
      actors((await audit(`?from=${formatTime(from)}&to=${formatTime(to)}`)).entries);
    expect(await range(at, at + DAY_MS)).toEqual(["row-1", "row-2", "row-3"]);
    expect(await range(at - 1, at + DAY_MS + 1)).toEqual(["row-0", "row-1", "row-2", "row-3", "row-4"]);
    expect(await range(at, at + 1)).toEqual(["row-1"]);
    expect(await range(at, at)).toEqual([]);
    expect(await range(at + 2, at + HOUR_MS)).toEqual([]);
  });

  it.each([1, 2, 3, 7, 1_000])("goes by %i rows a page exactly once through everything of many days", async (limit) => {
    // Days without any, with one, with many, and moments with several.
    const times = [0, 0, 0, 1, 2, 40, 40, 41].flatMap((day) => [0, 0, HOUR_MS].map((ms) => START - day * DAY_MS - ms));
    const names = await put(times);
    const found = await pages(`?from=${formatTime(START - 50 * DAY_MS)}&limit=${limit}`);
    expect(actors(found.flat()).toSorted()).toEqual(names.toSorted());
    for (const page of found) expect(page.length).toBeLessThanOrEqual(limit);
    const order = found.flat().map(({ time }) => time);
    expect(order).toEqual(order.toSorted());
  });

  it("pages through one and the same list, though time goes on and more is decided", async () => {
    const names = await put([START - 30 * DAY_MS, START - 30 * DAY_MS, START - 2, START - 1]);
    const found = await pages("?limit=1", async () => {
      server().clock.now += HOUR_MS;
      await put([server().clock.now]);
    });
    expect(found.length).toBeGreaterThan(3);
    expect(actors(found.flat())).toEqual(names);
  });

  it("goes through years of nothing in few pages, and past all time in one", async () => {
    await put([START - 1_500 * DAY_MS, START - 1]);
    const found = await pages("?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z");
    expect(actors(found.flat())).toEqual(["row-0", "row-1"]);
    expect(found.length).toBeLessThan(25);
    expect(await audit("?from=9999-01-01T00:00:00Z")).toEqual({ entries: [], next: null });
    expect(await audit("?from=0000-01-01T00:00:00Z&to=0000-01-01T00:00:00Z")).toEqual({ entries: [], next: null });
  });

  it("tells of swapped licenses and rotated signing keys, and nothing secret of either", async () => {
    const app = server();
    const under = operatorAt(app);
    const { lease } = expectSuccess("licensePost", await under.registers());
    const pem = await app.setLicense({ subscription_id: "sub-2" });
    const { seed, kid } = await rotateLease(app);
    app.clock.now += 4 * MINUTE_MS;
    const after = expectSuccess("licensePost", await under.registers()).lease;
    const { entries } = await audit("", app);
    expect(entries.map(({ action, actor }) => [action, actor])).toEqual(
      expect.arrayContaining([
        ["license.swapped", "server"],
        ["key.rotated", "server"],
      ]),
    );
    const rotated = entries.find(({ action }) => action === "key.rotated");
    expect(rotated?.details).toEqual({ key: "lease", from: app.leaseKey.kid, to: kid });
    const tokens = [lease?.token ?? "", after?.token ?? ""];
    expect(secretsIn(entries as Record<string, unknown>[], { keys: [seed, ...tokens], pems: [pem] })).toEqual([]);
  });
});

const rotateLease = async (app: Server) => {
  const seed = "another-seed-with-enough-entropy-for-the-test-0123456789";
  await writeFile(app.seedPath, JSON.stringify({ seed }));
  return { seed, kid: deriveKey(seed, "lease").kid };
};

describe("every decision over a seat", () => {
  it("has its audit row: as many as the table has of claims, overage, denials and releases", async () => {
    const app = server();
    const under = operatorAt(app);
    await app.setLicense({ type: "enterprise", max_seats: 2, subscription_id: "sub-1" });
    app.clock.now += MINUTE_MS;
    for (const user of ["a", "b", "c", "d"]) await under.starts(`s-${user}`, user);
    for (const user of ["a", "b"]) await under.starts(`t-${user}`, user);
    await app.setLicense({ type: "teams", max_seats: 4, subscription_id: "sub-1" });
    app.clock.now += MINUTE_MS;
    // Each is denied once a session; a retry of the same does not count again.
    for (const id of ["s-e", "s-e", "t-e", "s-f"]) await under.starts(id, id.slice(2));
    const seats = (await storedUnder(app, "SEATS#")).filter(({ sk }) => String(sk).startsWith("SEAT#"));
    const denials = (await storedUnder(app, "SEATS#")).filter(({ sk }) => String(sk).startsWith("DENIAL#"));
    const { entries } = await audit();
    const of = (action: string) => entries.filter((entry) => entry.action === action);
    const ids = (rows: readonly { details: Record<string, string> }[]) => rows.map(({ details }) => details["seat_id"]);
    expect(ids([...of("seat.claimed"), ...of("seat.overage")]).toSorted()).toEqual(
      seats.map(({ id }) => id).toSorted(),
    );
    expect(ids(of("seat.overage")).toSorted()).toEqual(
      seats
        .filter(({ overage }) => overage === true)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(of("seat.denied")).toHaveLength(denials.reduce((sum, row) => sum + Number(row["denials"]), 0));
    expect(of("seat.denied")).toHaveLength(3);
  });
});

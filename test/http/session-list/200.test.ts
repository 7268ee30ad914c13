import { beforeAll, describe, expect, it } from "vitest";
import { operatorKey } from "../../../shared/contract/keys.ts";
import { formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { type Server, serverPerTest, sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { clientOf, TARGET } from "../../support/wire.ts";

const TERMS = { terms: { max_seats: null } };

const asking = (server: () => Server) => {
  const page = async (query: Record<string, string> = {}) => {
    const path = `/api/v1/sessions?${new URLSearchParams(query)}`;
    return expectSuccess("sessionList", await leavingNoTrace(server(), () => server().call("GET", path)));
  };
  // Follows the cursor to the end, in pages of so many.
  const walk = async (limit: number, filter: Record<string, string> = {}) => {
    const ids: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const { sessions, next } = await page({ ...filter, limit: `${limit}`, ...(cursor === null ? {} : { cursor }) });
      expect(sessions.length).toBeLessThanOrEqual(limit);
      ids.push(...sessions.map(({ id }) => id));
      cursor = next;
      pages += 1;
      expect(pages).toBeLessThan(100);
    } while (cursor !== null);
    return ids;
  };
  return { page, walk };
};

describe("the list of live sessions", () => {
  const server = serverPerTest(TERMS);
  const { page } = asking(server);

  it("is empty where nothing runs", async () => {
    expect(await page()).toEqual({ sessions: [], next: null });
  });

  it("shows each session whole", async () => {
    const op = operatorAt(server());
    await op.registers({ cluster_name: "staging-eu" });
    await op.starts("s-1", "ana", {
      key: "checkout-fix",
      client: { ...clientOf("ana"), name: "Ana Lima" },
      target: { ...TARGET, container: "main" },
      locked_ports: [{ port: 8_080, kind: "steal", filter: "x-user: ana" }],
    });
    server().clock.now += 90 * SECOND_MS + 999;
    expect((await page()).sessions).toEqual([
      {
        id: "s-1",
        user: "Ana Lima/ana@example.com@ana-laptop",
        target: "deployment/checkout/container/main",
        namespace: "shop",
        locked_ports: [{ port: 8_080, kind: "steal", filter: "x-user: ana" }],
        duration_secs: 90,
        user_id: "SHA256:ana",
        key: "checkout-fix",
        cluster: "staging-eu",
        instance_id: "op-1",
        ci: false,
        session_kind: "user",
        ci_info: null,
        branch: null,
        cli_version: null,
        copy_target: null,
        header_filter: null,
        denied_code: null,
        started_at: formatTime(START),
        stale: false,
        stop_refused: null,
        stopping: false,
      },
    ]);
  });

  it("says null where an operator named no cluster and a session no key", async () => {
    await operatorAt(server()).registers();
    await operatorAt(server()).starts("s-1", "ana", { ci: true });
    expect((await page()).sessions).toMatchObject([{ key: null, cluster: null, ci: true, locked_ports: [] }]);
  });

  it("keeps a silent operator's sessions, marked stale; they do not grow, until it is back", async () => {
    const op = operatorAt(server());
    await op.registers();
    await op.starts("s-1");
    server().clock.now += MINUTE_MS;
    await op.beats(["s-1"]);
    server().clock.now += 3 * MINUTE_MS;
    expect((await page()).sessions).toMatchObject([{ stale: false, duration_secs: 240 }]);
    server().clock.now += 1;
    expect((await page()).sessions).toMatchObject([{ stale: true, duration_secs: 60 }]);
    server().clock.now += HOUR_MS;
    expect((await page()).sessions).toMatchObject([{ stale: true, duration_secs: 60 }]);
    await op.beats(["s-1"]);
    expect((await page()).sessions).toMatchObject([{ stale: false, duration_secs: 3_840 }]);
  });
});

describe("filters", () => {
  const server = sharedServer(TERMS);
  const { page } = asking(server);

  beforeAll(async () => {
    const [eu, us] = [operatorAt(server(), "op-eu"), operatorAt(server(), "op-us")];
    await eu.registers({ cluster_name: "eu" });
    await us.registers({ cluster_name: "us" });
    await eu.starts("eu-ana-shop", "ana");
    await eu.starts("eu-ben-shop", "ben");
    await eu.starts("eu-ana-pay", "ana", { target: { ...TARGET, namespace: "pay" } });
    await us.starts("us-ana-shop", "ana");
    const longest = { username: "u".repeat(128), kubernetes_username: "k".repeat(253), hostname: "h".repeat(253) };
    await us.starts("us-long", "long", { client: { ...clientOf("long"), ...longest, name: "Lo /@ ng" } });
  });

  it.each([
    ["a namespace", { namespace: "pay" }, ["eu-ana-pay"]],
    ["a Kubernetes user", { user: "ben@example.com" }, ["eu-ben-shop"]],
    ["a machine's user", { user: "ben" }, ["eu-ben-shop"]],
    ["a machine", { user: "SHA256:ben" }, ["eu-ben-shop"]],
    ["a user as this list shows them", { user: "ben/ben@example.com@ben-laptop" }, ["eu-ben-shop"]],
    ["a machine as the list of seats shows it", { user: "ben@ben-laptop" }, ["eu-ben-shop"]],
    ["a full name", { user: "Lo /@ ng" }, ["us-long"]],
    ["the longest that is shown", { user: `Lo /@ ng/${"k".repeat(253)}@${"h".repeat(253)}` }, ["us-long"]],
    ["a cluster", { cluster: "us", namespace: "shop", user: "ana" }, ["us-ana-shop"]],
    ["all three", { cluster: "eu", user: "ana", namespace: "shop" }, ["eu-ana-shop"]],
    ["a part of a name, which is none", { namespace: "sho" }, []],
    ["another case, which is another name", { user: "ANA" }, []],
    ["what nobody has", { cluster: "mars" }, []],
  ])("by %s", async (_what, query, expected) => {
    expect((await page(query)).sessions.map(({ id }) => id)).toEqual(expected);
  });
});

describe("paging", () => {
  const server = sharedServer(TERMS);
  const { walk } = asking(server);
  const ids: string[] = [];

  beforeAll(async () => {
    for (const [instance, sessions] of Object.entries({ "op-a": 5, "op-b": 0, "op-c": 7 })) {
      const op = operatorAt(server(), instance);
      await op.registers();
      // All of an operator's sessions began at the same moment: the moment alone does not show where a page ended.
      for (let number = 0; number < sessions; number += 1) {
        const id = `${instance}/${number}`;
        await op.starts(id, number % 2 === 0 ? "ana" : "ben");
        ids.push(id);
      }
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 12, 13, 1_000])("by %i walks through every session exactly once", async (limit) => {
    expect((await walk(limit)).toSorted()).toEqual(ids.toSorted());
  });

  it.each([1, 2, 3, 100])("by %i walks through every session of a filter exactly once", async (limit) => {
    const even = ids.filter((id) => Number(id.at(-1)) % 2 === 0);
    expect((await walk(limit, { user: "ana" })).toSorted()).toEqual(even.toSorted());
  });
});

describe("a page", () => {
  const server = serverPerTest(TERMS);
  const { page } = asking(server);

  it("goes on where the last one stopped, though its last session has ended since", async () => {
    const op = operatorAt(server());
    const ids = ["s-1", "s-2", "s-3", "s-4", "s-5"];
    for (const id of ids) await op.starts(id);
    const { sessions, next } = await page({ limit: "3" });
    await op.ends(sessions.at(-1)?.id ?? "");
    const rest = await page({ limit: "1000", cursor: next ?? "" });
    expect(rest.next).toBeNull();
    expect([...sessions, ...rest.sessions].map(({ id }) => id).toSorted()).toEqual(ids);
  });

  it("goes on with the next operator where that of the last one is gone", async () => {
    await operatorAt(server(), "op-b").starts("b-1");
    server().clock.now += MINUTE_MS;
    for (const id of ["a-1", "a-2"]) await operatorAt(server(), "op-a").starts(id);
    const { sessions, next } = await page({ limit: "1" });
    expect(sessions).toMatchObject([{ instance_id: "op-a" }]);
    await server().table.write({ kind: "delete", key: operatorKey("op-a") });
    const rest = await page({ cursor: next ?? "" });
    expect(rest.sessions.map(({ id }) => id)).toEqual(["b-1"]);
  });

  it("gives 200 where no limit is named", async () => {
    const op = operatorAt(server());
    const started = Array.from({ length: 201 }, (_, number) => op.start(`s-${number}`, "ci", { ci: true }));
    await op.beats(
      started.map(({ session_id }) => `${session_id}`),
      { started },
    );
    const { sessions, next } = await page();
    expect(sessions).toHaveLength(200);
    expect((await page({ cursor: next ?? "" })).sessions).toHaveLength(1);
  });
});

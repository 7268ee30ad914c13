import { expect, it } from "vitest";
import type { CatalogStatus } from "../../../agent/catalog/status.ts";
import { MINUTE_MS } from "../../../shared/contract/time.ts";
import { loopOn } from "../../support/agent-world/loop.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest();

const STATUS: CatalogStatus = {
  catalog_id: "catalog-1",
  revision: 3,
  state: "applied",
  entries: [
    {
      ...{ kind: "MirrordClusterPolicy", name: "protect", state: "unsupported", generation_in_force: 2 },
      ...{ message: "unknown field", since: "2026-11-02T08:00:00.000Z" },
    },
  ],
};

it("an agent says that it applies the catalog, and listens to the revision that the server names", async () => {
  const agent = loopOn(server(), { identity: { appliesCatalog: true } });
  agent.list();
  agent.mood.alter = (answer) => {
    answer["catalog_revision"] = 7;
  };
  await agent.pass(MINUTE_MS);
  expect(agent.registrations()[0]?.body["agent"]).toMatchObject({ applies_catalog: true });
  expect(agent.beats()[0]?.body["agent"]).toMatchObject({ applies_catalog: true });
  expect(agent.revisions).toContain(7);
});

it("the status of the catalog is in each heartbeat until an answer shows that the server has it", async () => {
  const agent = loopOn(server(), { identity: { appliesCatalog: true } });
  agent.list();
  await agent.pass(MINUTE_MS);
  agent.catalog.status = STATUS;
  agent.mood.is = "losesAnswers";
  agent.loop.wake();
  await agent.pass(MINUTE_MS);
  agent.mood.is = "well";
  await agent.pass(3 * MINUTE_MS);
  const sent = agent.beats().filter(({ body }) => body["catalog_status"] !== undefined);
  expect(sent.length).toBeGreaterThan(1);
  for (const { body, status } of sent)
    expect({ status, sent: body["catalog_status"] }).toEqual({ status: 200, sent: STATUS });
  expect(agent.catalog.delivered).toEqual([STATUS]);
});

it("a server of the release before gets no status of the catalog", async () => {
  const agent = loopOn(server(), { identity: { appliesCatalog: true } });
  agent.mood.is = "before";
  agent.catalog.status = STATUS;
  agent.list();
  await agent.pass(3 * MINUTE_MS);
  expect(agent.beats().length).toBeGreaterThan(0);
  for (const { body } of agent.beats()) expect(body).not.toHaveProperty("catalog_status");
});

import { expect, it } from "vitest";
import { DEEP } from "../../support/deep.ts";
import { operatorOf } from "../../support/reaper-world.ts";
import { scrape } from "../../support/scrape.ts";
import { type Server, serverPerTest } from "../../support/server.ts";

const server = serverPerTest();
const MANY = DEEP ? 2_000 : 500;

/** What a scrape consumes, in read units, once a process has read what it reads once. */
const costOfScrape = async ({ consumed, ...app }: Server): Promise<number> => {
  await scrape({ consumed, ...app });
  const before = consumed.length;
  await scrape({ consumed, ...app });
  const calls = consumed.slice(before);
  expect(calls.filter(({ operation }) => !["GetItem", "Query"].includes(operation))).toEqual([]);
  return calls.reduce((sum, { units }) => sum + units, 0);
};

it("costs the same few read units, and nothing to write, with 10 and with very many live sessions", async () => {
  const operator = operatorOf(server());
  const ids = Array.from({ length: MANY }, (_, number) => `c-${number}`);
  await operator.startsAll(ids.slice(0, 10), "ci");
  const few = await costOfScrape(server());
  for (let from = 10; from < ids.length; from += 490) await operator.startsAll(ids.slice(from, from + 490), "ci");

  const many = await costOfScrape(server());

  expect(await scrape(server())).toMatchObject({ 'license_server_sessions_active{ci="true"}': MANY });
  expect(few).toBeGreaterThan(0);
  expect(many).toBe(few);
  expect(many).toBeLessThanOrEqual(6);
});

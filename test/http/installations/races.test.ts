import { expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { runsOf, SEED } from "../../support/deep.ts";
import { seeded } from "../../support/faults.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { clusterAt, release } from "./support.ts";

const TERMS = { edition: "community", max_operators: 5 };
const server = serverPerTest({ terms: TERMS });

it("operators that register at once get as many slots as the license has, in any order", async () => {
  const all = Array.from({ length: 20 }, (_, n) => clusterAt(server(), `c-${n}`));
  const answers = await Promise.all(all.map((each) => each.starts()));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  expect(answers.filter(({ status }) => status === 403)).toHaveLength(15);
  const leased = await Promise.all(all.map((each) => each.isLeased()));
  expect(leased).toEqual(answers.map(({ status }) => status === 200));
});

it("in any history, no more installations have a lease than the license allows", { timeout: 60_000 }, async () => {
  const random = seeded(SEED);
  const pick = (below: number) => Math.floor(random() * below);
  const all = Array.from({ length: 8 }, (_, n) => clusterAt(server(), `c-${n}`));
  let max = 3;
  await server().setLicense({ ...TERMS, max_operators: max });
  server().clock.now += 2 * MINUTE_MS;
  for (let step = 0; step < runsOf(160); step += 1) {
    const some = all.filter(() => random() < 0.4);
    const what = pick(10);
    if (what < 3) {
      const restarted = pick(all.length);
      all[restarted] = clusterAt(server(), `c-${restarted}`, `c-${restarted}-${step}`);
    }
    if (what === 3) {
      max = pick(6);
      await server().setLicense({ ...TERMS, max_operators: max });
      server().clock.now += 2 * MINUTE_MS;
    }
    if (what === 4) server().clock.now += 30 * HOUR_MS;
    await Promise.all([
      ...some.flatMap((each) => [random() < 0.5 ? each.starts() : each.isLeased(), each.isLeased()]),
      ...(what > 7 ? [release(server(), `c-${pick(all.length)}`)] : []),
    ]);
    // Once all that race are done: who is heard of now has a lease, or a slot is free for nobody.
    const leased: boolean[] = [];
    for (const each of all) leased.push(await each.isLeased());
    expect(leased.filter(Boolean).length, `step ${step}`).toBeLessThanOrEqual(max);
    const items = await storedUnder(server(), "INSTALLATIONS");
    const held = items.filter(({ firstRegistered }) => firstRegistered !== undefined).length;
    expect(items.find(({ sk }) => sk === "COUNTER")?.["held"] ?? 0, `step ${step}`).toBe(held);
    expect(held).toBe(Math.min(max, all.length));
    server().clock.now += MINUTE_MS;
  }
});

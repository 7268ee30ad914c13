import { expect, it } from "vitest";
import { MINUTE_MS } from "../../../shared/contract/time.ts";
import { NO_CATALOG } from "../../../shared/policies/catalog/read.ts";
import { heldCatalog } from "../../../shared/policies/held-catalog.ts";

it("a catalog is read again after a minute, also where the clock went back in between", async () => {
  const clock = { now: 100 * MINUTE_MS, revision: 1 };
  const held = heldCatalog(
    {
      revision: async () => ({ ...NO_CATALOG, revision: clock.revision, entries: 1 }),
      entries: async () => ({ revision: clock.revision, entries: [] }),
    },
    () => clock.now,
  );
  expect((await held()).revision).toBe(1);
  clock.revision = 2;
  clock.now += MINUTE_MS;
  expect((await held()).revision).toBe(1);
  clock.now += 1;
  expect((await held()).revision).toBe(2);
  clock.revision = 3;
  clock.now -= 50 * MINUTE_MS;
  expect((await held()).revision).toBe(3);
});

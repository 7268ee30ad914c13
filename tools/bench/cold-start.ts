import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bundleHandlers } from "../local/bundle.ts";
import type { Benchmark } from "./benchmark.ts";
import { coldStart as startCold } from "./cold-start/process.ts";
import { coldStartFigures, sizeLines, timeLines } from "./cold-start/results.ts";
import { variantsOf } from "./cold-start/variants.ts";
import { createWorld } from "./cold-start/world.ts";
import { bundleYardsticks } from "./cold-start/yardsticks.ts";
import { inTurns } from "./turns.ts";

/** What a cold start costs beside an empty handler's and the SDK's own share of it, and how large the bundles are. */
export const coldStart: Benchmark = {
  name: "cold-start",
  about: "cold starts of all functions against an empty handler and the bare DynamoDB client, and the sizes of bundles",
  options: { runs: 20 },
  async run(print, { runs = 0 }) {
    const world = await createWorld(Date.now());
    try {
      const bundles = await bundleHandlers(join(world.folder, "bundles"));
      for (const line of sizeLines(bundles)) print(line);
      const yardsticksDir = join(world.folder, "yardsticks");
      mkdirSync(yardsticksDir);
      const variants = variantsOf(world, bundles, await bundleYardsticks(yardsticksDir));
      const { empty, client, caller, functions } = variants;
      print(`\nMedians of ${runs} fresh processes each, started in turns:\n`);
      let count = 0;
      const measured = await inTurns([empty, client, caller, ...functions], runs, ({ start }) => {
        count += 1;
        return startCold(start(count));
      });
      for (const line of timeLines(variants, measured)) print(line);
      return coldStartFigures(variants, measured, bundles);
    } finally {
      await world.close();
    }
  },
};

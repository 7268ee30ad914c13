import { DAY_MS } from "../../shared/contract/time.ts";
import { newImpactJob, saveImpactJob } from "../../shared/http/endpoints/policies/impact-job.ts";
import { policy } from "../unit/policies/support.ts";
import type { App } from "./app.ts";

/** Makes the job that good requests name, for the holder of the tests' access tokens. */
export const putGoodJob = async ({ table, clock }: Pick<App, "table" | "clock">): Promise<void> => {
  const period = { from: clock.now - DAY_MS, to: clock.now };
  await saveImpactJob(
    table,
    newImpactJob({ id: "s-1", owner: "tester", draft: policy({ block: ["steal"] }), ...period }),
    clock.now,
  );
};

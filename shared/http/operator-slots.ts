import { SECOND_MS } from "../contract/time.ts";
import { enforcedMaxOperators } from "../licensing/edition.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { agentClusterId } from "../operators/agent.ts";
import { installationOf } from "../operators/installations/installation.ts";
import type { Slots } from "../operators/installations/slots.ts";
import type { Operator } from "../operators/operator.ts";
import { retrying } from "../store/retry.ts";
import type { Call } from "./handler.ts";
import { ApiProblem } from "./problem.ts";
import type { Runtime } from "./runtime.ts";

const loadSlots = async ({ table, pace, log, env }: Runtime): Promise<Slots> => {
  const { installationSlots } = await import("#license-limits");
  return installationSlots({ table, pace, retry: retrying, log, lostAfterMs: env.OPERATOR_LOST_SECONDS * SECOND_MS });
};

/** A heartbeat spends at most so long on its slot. */
const KEEP_MS = 5 * SECOND_MS;

type Registration = {
  instance_id: string;
  cluster_name?: string | null | undefined;
  cluster_id?: string | null | undefined;
};

/**
 * Holds operators to the license's `max_operators`. Under a license that limits no installations, it reads and writes
 * nothing.
 */
export const operatorSlots = (runtime: Runtime) => {
  let made: Promise<Slots> | undefined;
  const slots = (): Promise<Slots> => {
    made ??= loadSlots(runtime);
    return made;
  };
  return {
    /** Throws 403 `MaxOperatorsReached` for an operator that registers, if its installation gets no slot. */
    async require({ terms }: LicenseFile, input: Registration, { now, deadline }: Call): Promise<void> {
      const max = enforcedMaxOperators(terms);
      if (max === null) return;
      const installation = installationOf({
        clusterId: input.cluster_id ?? agentClusterId(input.instance_id),
        cluster: input.cluster_name ?? undefined,
        instanceId: input.instance_id,
      });
      if (await (await slots()).take(installation, max, { now, deadline })) return;
      throw new ApiProblem(
        "MaxOperatorsReached",
        `The license allows ${max} installations, and others use all of them. Release one with license-server operator release`,
      );
    },

    /** Whether an operator that sent a heartbeat may have a lease. If that cannot be read, it keeps its lease. */
    async allowsLease(license: LicenseFile, operator: Operator, { now, log }: Call): Promise<boolean> {
      const max = enforcedMaxOperators(license.terms);
      if (max === null) return true;
      try {
        return await (await slots()).keep(operator, max, { now, deadline: now + KEEP_MS });
      } catch (error) {
        log.warn("slot of an installation not read", { instance_id: operator.instanceId, error });
        return true;
      }
    },
  };
};

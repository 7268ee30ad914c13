import { readReservations } from "../../shared/contract/reservations.ts";
import { keepSeats } from "../../shared/heartbeat/keep-seats.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { jobHandler } from "../../shared/jobs/job-handler.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = (runtime: Runtime) => {
  const reserved = readReservations(runtime.env.SEATS_RESERVATIONS);
  if (!reserved.ok) throw new Error(`the environment is not usable: ${reserved.faults.join("; ")}`);
  return jobHandler({
    name: "seatJob",
    now: runtime.now,
    log: runtime.log,
    run: async (call) => {
      const { table, usageMarks, pace, newId, staleMs, anchors, env } = runtime;
      const retentionDays = env.RETENTION_SESSIONS_DAYS;
      const deps = { table, usageMarks, pace, newId, staleMs, anchors, retentionDays, log: call.log };
      const settings = {
        mode: env.SEATS_MODE,
        graceMinutes: env.SEATS_GRACE_MINUTES,
        idleDays: env.SEATS_IDLE_DAYS,
        reservations: reserved.reservations,
        lostMinutes: env.SEATS_LOST_MINUTES,
      };
      const holding = await runtime.license();
      // Without a license there is no book of seats, and no session takes a seat. A run after the license came does it all.
      if (holding.kind !== "held") return { license: holding.kind };
      return {
        ...(await keepSeats({ ...deps, pseudonymsOnly: env.PSEUDONYMS_ONLY }, settings, holding.license, call)),
      };
    },
  });
};

export const handler = create(createRuntime("seatJob"));

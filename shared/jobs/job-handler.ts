import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { LogFields, Logger } from "../telemetry/logger.ts";

/** The part of the function's time that is reserved for the running step after the deadline, and for the last log line. */
const MARGIN_MS = 20 * SECOND_MS;

export type JobCall = {
  /** The event that it was invoked with. The schedule's event has no known fields. */
  readonly event: unknown;
  readonly now: EpochMs;
  /** No new step begins after it. The next run does the rest. */
  readonly deadline: EpochMs;
  readonly log: Logger;
};

export type JobOptions<Outcome extends LogFields> = {
  name: string;
  now: () => EpochMs;
  log: Logger;
  /** Returns the log fields of the run. Throws if it should run again soon. */
  run: (call: JobCall) => Promise<Outcome>;
};

type JobHandler<Outcome> = (event: unknown, context: Context) => Promise<Outcome>;

/**
 * The handler of a job: it runs the job and logs the result. A failure is logged and thrown: Lambda then runs the job twice
 * more and sends the event to its dead-letter queue (Lambda developer guide, "Asynchronous invocation").
 */
export const jobHandler = <Outcome extends LogFields>(options: JobOptions<Outcome>): JobHandler<Outcome> =>
  middy<unknown, Outcome>().handler((event: unknown, context: Context) =>
    runLogged(options, event, context),
  ) as JobHandler<Outcome>;

const runLogged = async <Outcome extends LogFields>(
  { name, now, run, log: base }: JobOptions<Outcome>,
  event: unknown,
  context: Context,
): Promise<Outcome> => {
  const log = base.with({ job: name, request_id: context.awsRequestId });
  const startedAt = now();
  log.info("job started");
  try {
    const deadline = startedAt + Math.max(0, context.getRemainingTimeInMillis() - MARGIN_MS);
    const outcome = await run({ event, now: startedAt, deadline, log });
    log.info("job done", { duration_ms: now() - startedAt, ...outcome });
    return outcome;
  } catch (error) {
    log.error("job failed", { duration_ms: now() - startedAt, error });
    throw error;
  }
};

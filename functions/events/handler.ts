import middy from "@middy/core";
import { eventOf } from "../../shared/events/event-of.ts";
import type { ServerEvent } from "../../shared/events/schemas.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { shownNames } from "../../shared/http/shown-names.ts";
import { readStreamRecord } from "../../shared/store/stream-record.ts";

/**
 * The function over a runtime: the process's own below, a test's elsewhere. The pipe gives it some records of the table's
 * stream and passes on to the bus what it answers. Where it throws, the pipe tries again with fewer of them, and puts those
 * that fail alone into its dead-letter queue.
 */
export const create = (runtime: Runtime) =>
  middy<unknown[], ServerEvent[]>().handler(async (records: unknown[]) => {
    const names = await shownNames(runtime);
    const events = records.flatMap((record) => eventOf(readStreamRecord(record), names) ?? []);
    for (const { id, type } of events) runtime.log.debug("event", { event_id: id, type });
    return events;
  });

export const handler = create(createRuntime("events"));

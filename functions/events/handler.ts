import middy from "@middy/core";
import { eventOf } from "../../shared/events/event-of.ts";
import type { ServerEvent } from "../../shared/events/schemas.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { shownNames } from "../../shared/http/shown-names.ts";
import { readStreamRecord } from "../../shared/store/stream-record.ts";

/**
 * Builds the handler from a runtime: the process's own below, another in tests. The pipe sends it records of the table's
 * stream, and sends the events that it returns to the bus. If it throws, the pipe retries with fewer records, and puts a record
 * that fails alone into its dead-letter queue.
 */
export const create = (runtime: Runtime) =>
  middy<unknown[], ServerEvent[]>().handler(async (records: unknown[]) => {
    const names = await shownNames(runtime);
    const events = records.flatMap((record) => eventOf(readStreamRecord(record), names) ?? []);
    for (const { id, type } of events) runtime.log.debug("event", { event_id: id, type });
    return events;
  });

export const handler = create(createRuntime("events"));

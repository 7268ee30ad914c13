import { HEARTBEAT_LIMITS } from "../../shared/contract/requests.ts";
import type { HeartbeatRequest } from "./bodies.ts";
import type { Batch, Outbox } from "./outbox.ts";

const EVENT_NAMES_BYTES = Buffer.byteLength(JSON.stringify({ started: [], ended: [], changed: [], errors: [] }));

/** A heartbeat with as many waiting events as the limits allow. `withoutStarts`: starts wait for a later one. */
export const composeHeartbeat = (
  head: HeartbeatRequest,
  outbox: Outbox,
  { maxBatch, withoutStarts = false }: { maxBatch: number; withoutStarts?: boolean },
): { request: HeartbeatRequest; batch: Batch } => {
  const bytes = HEARTBEAT_LIMITS.bytes - Buffer.byteLength(JSON.stringify(head)) - EVENT_NAMES_BYTES;
  const events = Math.min(maxBatch, HEARTBEAT_LIMITS.started, HEARTBEAT_LIMITS.ended);
  const batch = outbox.take(head.seq, { bytes, events, withoutStarts });
  const { started, ended, changed, errors } = batch;
  const request = {
    ...head,
    ...(started.length === 0 ? {} : { started }),
    ...(ended.length === 0 ? {} : { ended }),
    ...(changed.length === 0 ? {} : { changed }),
    ...(errors.length === 0 ? {} : { errors }),
  };
  return { request, batch };
};

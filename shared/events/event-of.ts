import { EVENT_ITEMS } from "../contract/event-items.ts";
import { formatTime } from "../contract/time.ts";
import type { ShownNames } from "../privacy/shown-names.ts";
import type { ItemChange } from "../store/stream-record.ts";
import { auditEvent } from "./audit-events.ts";
import { noticeEvent } from "./notice-events.ts";
import { operatorEvent } from "./operator-events.ts";
import type { EventBody, ServerEvent } from "./schemas.ts";
import { sessionEvent } from "./session-events.ts";

/**
 * The event in a change of an item; undefined where there is none. Pure, and the same change always gives the same event,
 * its id included: however often a change is delivered, consumers can tell that they have seen it.
 */
export const eventOf = (change: ItemChange, names: ShownNames): ServerEvent | undefined => {
  const body = bodyOf(change, names);
  if (body === undefined) return undefined;
  return { id: change.id, version: 1, time: formatTime(change.at), sequence: change.sequence, ...body };
};

const bodyOf = (change: ItemChange, names: ShownNames): EventBody | undefined => {
  const { pk, sk } = keysOf(change);
  if (pk.startsWith(EVENT_ITEMS.session.pk)) return sessionEvent(change, names);
  if (pk.startsWith(EVENT_ITEMS.audit.pk)) return auditEvent(change, names);
  if (sk.startsWith(EVENT_ITEMS.notice.sk)) return noticeEvent(change);
  return pk === EVENT_ITEMS.operator.pk ? operatorEvent(change) : undefined;
};

const keysOf = ({ before, after }: ItemChange) => {
  const item = after ?? before;
  return { pk: String(item?.["pk"]), sk: String(item?.["sk"]) };
};

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
 * The event of a change of an item; undefined where there is none. Pure: the same change always gives the same event with
 * the same id, so consumers recognise a change that is delivered again.
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

import { auditPartition, NOTICE_PREFIX, OPERATOR_NOTICES_PARTITION, OPERATORS_PARTITION, sessionKey } from "./keys.ts";

/** What events are sent as: `source` on the bus. */
export const EVENT_SOURCE = "mirrord.license-server";

/** The items whose changes can be events, by the beginning of their keys. */
export const EVENT_ITEMS = {
  session: { pk: sessionKey("").pk },
  audit: { pk: auditPartition("") },
  notice: { sk: NOTICE_PREFIX },
  operator: { pk: OPERATORS_PARTITION },
} as const;

/**
 * Which records of the table's stream the pipe takes (EventBridge event patterns; one that any of them matches is taken).
 * A heartbeat's write is none of them, or each would cost a call: an operator's item is taken once it has an expiry, which
 * it has while it is given up. History that is brought in is none either, however much it is: its sessions have a source.
 */
export const EVENT_FILTERS: readonly object[] = [
  {
    eventName: ["INSERT", "MODIFY"],
    dynamodb: { NewImage: { pk: { S: [{ prefix: EVENT_ITEMS.session.pk }] }, source: { S: [{ exists: false }] } } },
  },
  {
    eventName: ["INSERT"],
    dynamodb: {
      NewImage: {
        pk: { S: [{ prefix: EVENT_ITEMS.audit.pk }] },
        action: { S: ["seat.claimed", "seat.overage", "seat.denied", "license.swapped"] },
      },
    },
  },
  {
    eventName: ["INSERT"],
    dynamodb: {
      NewImage: {
        pk: { S: ["LICENSE", OPERATOR_NOTICES_PARTITION] },
        sk: { S: [{ prefix: EVENT_ITEMS.notice.sk }] },
        kind: { S: ["license.expiring", "seats.threshold", "operator.stale"] },
      },
    },
  },
  {
    eventName: ["MODIFY"],
    dynamodb: { NewImage: { pk: { S: [EVENT_ITEMS.operator.pk] }, expiresAt: { N: [{ exists: true }] } } },
  },
];

import { auditPartition, NOTICE_PREFIX, OPERATOR_NOTICES_PARTITION, OPERATORS_PARTITION, sessionKey } from "./keys.ts";

/** The `source` of events on the bus. */
export const EVENT_SOURCE = "mirrord.license-server";

/** The items whose changes can be events, by the start of their keys. */
export const EVENT_ITEMS = {
  session: { pk: sessionKey("").pk },
  audit: { pk: auditPartition("") },
  notice: { sk: NOTICE_PREFIX },
  operator: { pk: OPERATORS_PARTITION },
} as const;

/**
 * Which records of the table's stream the pipe reads: those that match one of these EventBridge event patterns. A
 * heartbeat's write matches none, or each would cost a call: an operator's item matches only while it has an expiry, which
 * it has once it is given up. Imported sessions have a `source` and do not match.
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
        action: {
          S: [
            ...["seat.claimed", "seat.overage", "seat.denied", "license.swapped"],
            ...["policy.created", "policy.replaced", "policy.deleted", "policy.refused"],
          ],
        },
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

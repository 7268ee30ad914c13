/** Capacity units of DynamoDB, indexes included. */
export type Units = { readonly write: number; readonly read: number };

/**
 * The most that operations may consume. `test/e2e/budget.test.ts` compares the engine's figures with them. The cost
 * estimate uses them, so that it is never too low. Sessions have up to 1 KB.
 */
export const BUDGET = {
  /** Nothing changed, however many sessions are live. */
  heartbeat: { write: 1, read: 0.5 },
  /** A session starts, and its user holds a seat. */
  startOfHolder: { write: 4, read: 1 },
  /** The first session on a seat that another one claimed, once for each claim: both are written in one transaction. */
  startOfFirstOther: { write: 7, read: 1 },
  /** What the policies add to a start, once a minute in each process: the catalog's revision. */
  policies: { write: 0, read: 0.5 },
  /** What the rules of seats add to a heartbeat or a start, once in 75 s in each process. */
  seatRules: { write: 0, read: 0.5 },
  /** What the slot of an installation adds under a license with `max_operators`: to a registration, and to the first heartbeat after it. */
  slotTaken: { write: 5, read: 2 },
  slotJoined: { write: 1, read: 2 },
  slotNoted: { write: 4, read: 2 },
  /** What a heartbeat costs more that gets no lease, because other installations use all slots. Once a minute a process looks for lost ones. */
  slotRefused: { write: 1, read: 2 },
  /** A user's first session of the period: it claims a seat. */
  claim: { write: 12, read: 2 },
  /** A session's end that comes in a call of its own. */
  endAlone: { write: 10, read: 2 },
  /** Each of 50 ends in a heartbeat. */
  endInHeartbeat: { write: 6, read: 2 },
  /** The same where live sessions hold their seats: `floating`, or `period` with `seats.idleDays`. */
  holderWhoHolds: { write: 7, read: 1.5 },
  endOfHolding: { write: 13, read: 2 },
  endOfHoldingInHeartbeat: { write: 8, read: 2 },
  /** A claim that takes over a seat that nobody holds. */
  takeOver: { write: 18, read: 4 },
  /** Four items in one transaction: the session is unknown, its user holds no seat, the count, the audit row. */
  denial: { write: 8, read: 2 },
  /** 500 seats listed with their activity. Live sessions cost extra. */
  seatsListed: { write: 0, read: 30 },
  /** The usage report of a past month, 500 users with 4 targets each. */
  report: { write: 0, read: 100 },
  license: { write: 0, read: 0 },
} as const satisfies Record<string, Units>;

/** What a live session adds to a list of seats, in read units. */
export const READ_UNITS_PER_LIVE_SESSION = 0.13;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** When each operator was heard of last. */
export type LastHeard = readonly number[];

/**
 * Whether so much is silent that it may be the server's own outage: of the operators heard of in the last day, fewer than
 * half were in the last three beats.
 */
export const isOutage = (lastHeard: LastHeard, now: number, beatMs = MINUTE): boolean => {
  const ofLastDay = lastHeard.filter((at) => now - at <= DAY);
  return ofLastDay.filter((at) => now - at <= 3 * beatMs).length < ofLastDay.length / 2;
};

/** Whether an operator's sessions may end as lost: it is silent for so long, and no outage was seen for as long. */
export const isLost = (heardAt: number, outageSeenAt: number | undefined, lostMinutes: number, now: number): boolean =>
  now - heardAt > lostMinutes * MINUTE && (outageSeenAt === undefined || now - outageSeenAt > lostMinutes * MINUTE);

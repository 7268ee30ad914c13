import type { EpochMs } from "../contract/time.ts";
import { longestMs } from "../usage/closing.ts";
import { CLOCK_TOLERANCE_MS, type SessionEnd } from "./events.ts";
import { type EndClamp, kindOfSession, type SessionStart } from "./record.ts";

/** When a session ended by the server's clock, and the bound it was set to, if the reported end was beyond one. */
export type EndTime = { endedAt: EpochMs; clamped?: EndClamp };

/**
 * The end of a session: shifted by the skew of its own request, then set to the bound that it is beyond, if any. So an
 * end is never refused for its time.
 */
export const endTime = (end: SessionEnd, start: SessionStart, now: EpochMs): EndTime => {
  const shiftedAt = onServerClock(end, start, now);
  const isAhead = shiftedAt > now + CLOCK_TOLERANCE_MS;
  return withinSession(start, isAhead ? { endedAt: now, clamped: "now" } : { endedAt: shiftedAt });
};

/** An end between its session's start and the longest that a session lasts. */
export const withinSession = (start: Pick<SessionStart, "startedAt" | "ci" | "kind">, end: EndTime): EndTime => {
  const { startedAt } = start;
  if (end.endedAt < startedAt) return { endedAt: startedAt, clamped: "start" };
  const latest = startedAt + longestMs(kindOfSession(start));
  return end.endedAt > latest ? { endedAt: latest, clamped: "longest" } : end;
};

// Without `sent_at`, the clock is right, or off as it was at the start. Most ends are reported at once, so the later of
// the two times is right, unless it is in the future.
const onServerClock = ({ endedAt, shiftMs }: SessionEnd, start: SessionStart, now: EpochMs): EpochMs => {
  if (shiftMs !== undefined) return endedAt + shiftMs;
  const [earlier, later] = [endedAt, endedAt + start.shiftMs].sort((one, other) => one - other) as [EpochMs, EpochMs];
  return later > now + CLOCK_TOLERANCE_MS ? earlier : later;
};

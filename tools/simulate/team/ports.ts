import type { EpochMs } from "../../../shared/contract/time.ts";
import type { PlannedSession } from "./planned.ts";

/**
 * Adds a filter, as its user would, to a session that steals a port which another session holds at that time: without a
 * filter, a port of a target belongs to one session. Expects sessions sorted by start.
 */
export const sharePorts = (sessions: readonly PlannedSession[]): PlannedSession[] => {
  const heldUntil = new Map<string, EpochMs>();
  return sessions.map((session) => {
    const { cluster, target, startsAt, endsAt, client } = session;
    const lockedPorts = session.lockedPorts.map((lock) => {
      if (lock.kind !== "steal") return lock;
      const place = [cluster, target.namespace, target.kind, target.name, lock.port].join(" ");
      if ((heldUntil.get(place) ?? 0) > startsAt) return { ...lock, filter: `x-mirrord-user: ${client.username}` };
      heldUntil.set(place, endsAt);
      return lock;
    });
    return { ...session, lockedPorts };
  });
};

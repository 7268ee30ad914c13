/** Why an event was refused for good. The operator drops the event. */
export type Rejection = {
  sessionId: string | undefined;
  code: "BadRequest" | "NotFound" | "SessionConflict" | "SessionEnded";
  detail: string;
};
export type Denial = { sessionId: string; code: string };

/**
 * The decisions on the events of one heartbeat, by session. An operator drops the events of every session that it finds
 * in a list. So a session is in a list only if all its events were decided; if one was not, all are sent again.
 */
export type Verdicts = {
  accept(sessionId: string): void;
  deny(sessionId: string, code: string): void;
  /** The sessions that this heartbeat denied. */
  denied(): string[];
  /** Takes a denial of this heartbeat back: the session was judged anew since. */
  admit(sessionId: string): void;
  reject(rejection: Rejection): void;
  /** Not decided: the operator sends it again. */
  leave(sessionId: string): void;
  /** How many sessions have an event that was not decided. */
  left(): number;
  lists(): { accepted: string[]; denied: Denial[]; rejected: Rejection[]; terminate: string[] };
};

export const createVerdicts = (): Verdicts => {
  const accepted = new Set<string>();
  const left = new Set<string>();
  const denied = new Map<string, string>();
  const rejected: Rejection[] = [];
  return {
    accept: (sessionId) => void accepted.add(sessionId),
    deny: (sessionId, code) => void denied.set(sessionId, code),
    denied: () => [...denied.keys()],
    admit: (sessionId) => {
      if (denied.delete(sessionId)) accepted.add(sessionId);
    },
    reject: (rejection) => void rejected.push(rejection),
    leave: (sessionId) => void left.add(sessionId),
    left: () => left.size,
    lists: () => ({
      accepted: [...accepted].filter((id) => !left.has(id) && !denied.has(id)),
      denied: [...denied].filter(([id]) => !left.has(id)).map(([sessionId, code]) => ({ sessionId, code })),
      rejected: rejected.filter(({ sessionId }) => sessionId === undefined || !left.has(sessionId)),
      terminate: [...denied.keys()],
    }),
  };
};

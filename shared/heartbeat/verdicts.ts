/** Why an event was refused for good; its operator drops it. */
export type Rejection = {
  sessionId: string | undefined;
  code: "BadRequest" | "NotFound" | "SessionConflict";
  detail: string;
};
export type Denial = { sessionId: string; code: string };

/**
 * What became of the events of one heartbeat, by session. An operator drops what it finds in any of the lists, so a
 * session stands in one only when every event of it was decided: one that was not keeps the others company.
 */
export type Verdicts = {
  accept(sessionId: string): void;
  deny(sessionId: string, code: string): void;
  reject(rejection: Rejection): void;
  /** Not decided now: it stays the operator's to send again. */
  leave(sessionId: string): void;
  /** Of how many sessions an event is left. */
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

/**
 * What operators tell of sessions, as plain facts by the server's clock. A history is a list of them in the order in which
 * they reach the server; `tell.ts` sends it through the API, and `settle.ts` says what it comes to.
 */

export type Person = { machineId: string; kubernetesUsername: string; clientUsername: string; clientHostname: string };
export type Target = { namespace: string; kind: string; name: string };

/** A session as it truly was. Each has an operator instance of its own. */
export type Session = {
  id: string;
  person: Person;
  target: Target;
  ci: boolean;
  startedAt: number;
  endedAt: number;
  /** How far its operator's clock is ahead of the server's. */
  skewMs: number;
};

export type Event =
  | { do: "start"; at: number; session: Session; by: "call" | "heartbeat" }
  /** With `withStart` the start's record comes with the end. */
  | { do: "end"; at: number; session: Session; by: "call" | "heartbeat"; withStart: boolean }
  /** A heartbeat that lists the session as live. */
  | { do: "beat"; at: number; session: Session }
  /** The reaper runs. */
  | { do: "reap"; at: number }
  /** The job that closes days runs. */
  | { do: "close"; at: number };

export type Told = Exclude<Event, { do: "reap" | "close" }>;

export const inOrder = (events: readonly Event[]): Event[] => events.toSorted((one, other) => one.at - other.at);

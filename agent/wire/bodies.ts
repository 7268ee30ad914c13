import type { InferInput } from "valibot";
import type {
  HeartbeatBody,
  LicensePostBody,
  OperatorErrorEvent,
  SessionChangeEvent,
  SessionChild as SessionChildEntry,
  SessionEndBody,
  SessionEndEvent,
  SessionStartBody,
  SessionStopEvent,
} from "../../shared/contract/requests.ts";

/** The bodies that operators and agents send: the input of the server's decoders. */
export type LicenseRequest = InferInput<typeof LicensePostBody>;
export type SessionStart = InferInput<typeof SessionStartBody>;
export type SessionEnd = InferInput<typeof SessionEndBody>;
export type SessionEnded = InferInput<typeof SessionEndEvent>;
export type SessionChange = InferInput<typeof SessionChangeEvent>;
export type SessionChild = InferInput<typeof SessionChildEntry>;
export type SessionStopped = InferInput<typeof SessionStopEvent>;
export type OperatorError = InferInput<typeof OperatorErrorEvent>;
export type LockedPorts = NonNullable<SessionStart["locked_ports"]>;

export type HeartbeatRequest = Omit<
  InferInput<typeof HeartbeatBody>,
  "started" | "ended" | "changed" | "errors" | "children" | "stopped"
> & {
  started?: SessionStart[];
  ended?: SessionEnded[];
  changed?: SessionChange[];
  errors?: OperatorError[];
  children?: SessionChild[];
  stopped?: SessionStopped[];
};

/** The start of a session that a person or a CI job runs, as every operator sends it. */
export type UserStart = SessionStart & { client: NonNullable<SessionStart["client"]> };

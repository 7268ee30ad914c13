import type { InferInput } from "valibot";
import type {
  HeartbeatBody,
  LicensePostBody,
  OperatorErrorEvent,
  SessionChangeEvent,
  SessionEndBody,
  SessionEndEvent,
  SessionStartBody,
} from "../../shared/contract/requests.ts";

/** The bodies that an operator sends: the input of the server's decoders. */
export type LicenseRequest = InferInput<typeof LicensePostBody>;
export type SessionStart = InferInput<typeof SessionStartBody>;
export type SessionEnd = InferInput<typeof SessionEndBody>;
export type SessionEnded = InferInput<typeof SessionEndEvent>;
export type SessionChange = InferInput<typeof SessionChangeEvent>;
export type OperatorError = InferInput<typeof OperatorErrorEvent>;
export type LockedPorts = NonNullable<SessionStart["locked_ports"]>;

export type HeartbeatRequest = Omit<InferInput<typeof HeartbeatBody>, "started" | "ended" | "changed" | "errors"> & {
  started?: SessionStart[];
  ended?: SessionEnded[];
  changed?: SessionChange[];
  errors?: OperatorError[];
};

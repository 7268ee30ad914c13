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

/** With fields that only an agent may leave out. */
type With<T, K extends keyof T> = T & { [key in K]-?: NonNullable<T[key]> };

/** The bodies that an operator sends: the input of the server's decoders. */
export type LicenseRequest = InferInput<typeof LicensePostBody>;
export type SessionStart = With<InferInput<typeof SessionStartBody>, "client">;
export type SessionEnd = Omit<InferInput<typeof SessionEndBody>, "start"> & { start?: SessionStart };
export type SessionEnded = Omit<InferInput<typeof SessionEndEvent>, "start"> & { start?: SessionStart };
export type SessionChange = InferInput<typeof SessionChangeEvent>;
export type OperatorError = InferInput<typeof OperatorErrorEvent>;
export type LockedPorts = NonNullable<SessionStart["locked_ports"]>;

export type HeartbeatRequest = Omit<
  With<InferInput<typeof HeartbeatBody>, "operator_version" | "sessions">,
  "started" | "ended" | "changed" | "errors"
> & {
  started?: SessionStart[];
  ended?: SessionEnded[];
  changed?: SessionChange[];
  errors?: OperatorError[];
};

import type { OperatorListResponse } from "../../../shared/contract/responses.ts";

/** An entry of the list of operators. A server of an earlier release says neither kind nor agent. */
export type Entry = OperatorListResponse["operators"][number] & {
  kind?: "operator" | "agent";
  agent?: {
    version: string;
    enforces: boolean;
    kills_previews: boolean;
    observed_at: string | null;
  } | null;
};

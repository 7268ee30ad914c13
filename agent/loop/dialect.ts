import type { HeartbeatRequest, SessionEnded, SessionStart } from "../wire/bodies.ts";

/**
 * What the server understands. `before`: a release without `server` in its answer, which does not support agents. `unknown`: no
 * registration has succeeded yet.
 */
export type Dialect = "unknown" | "current" | "before";

/** The operator's version where a server needs one and the agent does not know it. */
const NO_VERSION = "0.0.0";

/** Who runs a preview, for a server that needs a client in every start. */
const PREVIEW_CLIENT = {
  id: "preview",
  hostname: "preview-env",
  username: "preview-env",
  kubernetes_username: "preview-env",
};

/** Whether a heartbeat can be sent: a server of the release before needs a complete list in each. */
export const canBeat = (dialect: Dialect, list: readonly string[] | undefined): boolean =>
  dialect !== "before" || list !== undefined;

export const versionFor = (dialect: Dialect, version: string | undefined): { operator_version?: string } => {
  if (version !== undefined) return { operator_version: version };
  return dialect === "before" ? { operator_version: NO_VERSION } : {};
};

/**
 * A heartbeat as the server understands it. A server of the release before ignores fields that it does not know, `inferred`
 * among them, and counts previews as the CI sessions of one client. It would count the children of multi-cluster sessions as
 * sessions of their own, so it does not receive their ends.
 */
export const translate = (dialect: Dialect, request: HeartbeatRequest): HeartbeatRequest => {
  if (dialect !== "before") return request;
  const { started, ended } = request;
  return {
    ...request,
    ...(started === undefined ? {} : { started: started.map(withClient) }),
    ...(ended === undefined
      ? {}
      : {
          ended: ended
            .filter((end) => !isChild(end))
            .map((end) => (end.start == null ? end : { ...end, start: withClient(end.start) })),
        }),
  };
};

/** The end of a child of a multi-cluster session. */
export const isChild = ({ start }: SessionEnded): boolean => start?.parent_id != null;

const withClient = (start: SessionStart): SessionStart => ({ ...start, client: start.client ?? PREVIEW_CLIENT });

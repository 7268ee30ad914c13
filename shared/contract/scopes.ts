/** What an access token can allow. The verbs are those of Kubernetes RBAC: `delete` for one, `deletecollection` for many. */
export const SCOPES = [
  "license:read",
  "reports:read",
  "metrics:read",
  "sessions:read",
  "sessions:delete",
  "sessions:deletecollection",
  "seats:read",
  "seats:delete",
  "operators:read",
  "operators:delete",
  "audit:read",
  "policies:read",
  "policies:write",
] as const;

export type Scope = (typeof SCOPES)[number];

/**
 * The scope of an agent's token: what the agent of one instance calls. A token has it alone, with the `instance_id` that it
 * is valid for.
 */
export const AGENT_SCOPE = "agent";

export type TokenScope = Scope | typeof AGENT_SCOPE;

/** What an access token may open. The verbs are those of Kubernetes RBAC: `delete` one, `deletecollection` many. */
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
  "audit:read",
] as const;

export type Scope = (typeof SCOPES)[number];

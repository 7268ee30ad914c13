/** What a report can count as one user: the machine, the Kubernetes user, the machine's user, or its host name. */
export const PRIMARY_KEYS = ["machine_id", "username", "client_username", "client_hostname"] as const;

export type PrimaryKey = (typeof PRIMARY_KEYS)[number];

/**
 * What a report can count as one user: the machine, the Kubernetes user, the machine's user, its host name, or the person:
 * the first known one of Kubernetes user, machine's user and machine.
 */
export const PRIMARY_KEYS = ["machine_id", "username", "client_username", "client_hostname", "person"] as const;

export type PrimaryKey = (typeof PRIMARY_KEYS)[number];

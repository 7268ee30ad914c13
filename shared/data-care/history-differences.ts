import { isDeepStrictEqual } from "node:util";
import { userName } from "../contract/user-names.ts";
import type { OverSession, SessionRecord } from "../sessions/record.ts";

/**
 * The names of what a session of the history has otherwise than the record that stands. What only the record has (its
 * seat, when it was stored, a field that the history leaves out) is no difference.
 */
export const differencesFrom = (stored: SessionRecord, told: OverSession): string[] => {
  if (stored.state === "live") return ["state"];
  const fields: [name: string, stored: unknown, told: unknown][] = [
    ["started_at", stored.startedAt, told.startedAt],
    ["ended_at", stored.endedAt, told.endedAt],
    ["ci", stored.ci, told.ci],
    ["client.id", stored.client.id, told.client.id],
    ["client.hostname", stored.client.hostname, told.client.hostname],
    ["client.username", userName(stored.client.username), told.client.username],
    ["client.kubernetes_username", userName(stored.client.kubernetesUsername), told.client.kubernetesUsername],
    ["target.namespace", stored.target.namespace, told.target.namespace],
    ["target.kind", stored.target.kind, told.target.kind],
    ["target.name", stored.target.name, told.target.name],
    ...optional("client.name", stored.client.name, told.client.name),
    ...optional("client.cli_version", stored.client.cliVersion, told.client.cliVersion),
    ...optional("target.container", stored.target.container, told.target.container),
    ...optional("reason", stored.reason, told.reason),
    ...optional("key", stored.key, told.key),
    ...optional("branch", stored.branch, told.branch),
    ...optional("profile", stored.profile, told.profile),
    ...optional("features", stored.features, told.features),
  ];
  return fields.flatMap(([name, one, other]) => (isDeepStrictEqual(one, other) ? [] : [name]));
};

const optional = (name: string, stored: unknown, told: unknown): [string, unknown, unknown][] =>
  told === undefined ? [] : [[name, stored, told]];

import { isDeepStrictEqual } from "node:util";
import { userName } from "../contract/user-names.ts";
import { kindOfSession, type OverSession, type SessionRecord } from "../sessions/record.ts";

/**
 * The names of the fields in which a session of the history differs from the stored record. What only the record has
 * (its seat, its creation time, a field that the history leaves out) is no difference.
 */
export const differencesFrom = (stored: SessionRecord, row: OverSession): string[] => {
  if (stored.state === "live") return ["state"];
  const fields: [name: string, stored: unknown, row: unknown][] = [
    ["started_at", stored.startedAt, row.startedAt],
    ["ended_at", stored.endedAt, row.endedAt],
    ["ci", stored.ci, row.ci],
    ["session_kind", kindOfSession(stored), kindOfSession(row)],
    ["client.id", stored.client.id, row.client.id],
    ["client.hostname", stored.client.hostname, row.client.hostname],
    ["client.username", userName(stored.client.username), row.client.username],
    ["client.kubernetes_username", userName(stored.client.kubernetesUsername), row.client.kubernetesUsername],
    ["target.namespace", stored.target.namespace, row.target.namespace],
    ["target.kind", stored.target.kind, row.target.kind],
    ["target.name", stored.target.name, row.target.name],
    ...optional("client.name", stored.client.name, row.client.name),
    ...optional("client.cli_version", stored.client.cliVersion, row.client.cliVersion),
    ...optional("target.container", stored.target.container, row.target.container),
    ...optional("reason", stored.reason, row.reason),
    ...optional("ci_info", stored.ciInfo, row.ciInfo),
    ...optional("copy_target", stored.copyTarget, row.copyTarget),
    ...optional("target_labels", stored.targetLabels, row.targetLabels),
    ...optional("header_filter", stored.headerFilter, row.headerFilter),
    ...optional("key", stored.key, row.key),
    ...optional("branch", stored.branch, row.branch),
    ...optional("profile", stored.profile, row.profile),
    ...optional("features", stored.features, row.features),
  ];
  return fields.flatMap(([name, one, other]) => (isDeepStrictEqual(one, other) ? [] : [name]));
};

const optional = (name: string, stored: unknown, row: unknown): [string, unknown, unknown][] =>
  row === undefined ? [] : [[name, stored, row]];

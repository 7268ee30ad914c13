import { userName } from "../contract/user-names.ts";
import type { ShownNames } from "../privacy/shown-names.ts";
import { type SessionClient, shownUser } from "../sessions/record.ts";

/**
 * The sessions that `?user=` matches: those of a Kubernetes user, a machine's user, a full name or a machine's id, or of a
 * user as the lists show them. Where names are shown as pseudonyms, only pseudonyms match, so that nobody can guess names.
 */
export const clientFilter = (
  user: string | undefined,
  names: ShownNames,
): ((client: SessionClient) => boolean) | undefined => {
  if (user === undefined) return undefined;
  const name = userName(user);
  return (client) =>
    shownNamesOf(client, names).some((shown) => shown === user || shown === name) ||
    (!names.pseudonymsOnly && trueNamesOf(client).some((known) => known === user || userName(known) === name));
};

const trueNamesOf = ({ id, username, kubernetesUsername, name }: SessionClient): string[] => [
  ...[id, username, kubernetesUsername],
  ...(name === undefined ? [] : [name]),
];

// The last two are how the lists of sessions and of seats show a user.
const shownNamesOf = (client: SessionClient, names: ShownNames): string[] => [
  names.machineId(client.id),
  ...[client.username, client.kubernetesUsername].map(names.person),
  ...(client.name === undefined ? [] : [names.person(client.name)]),
  shownUser(client, names),
  `${names.person(client.username)}@${names.machine(client.hostname)}`,
];

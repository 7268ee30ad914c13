import type { ShownNames } from "../privacy/shown-names.ts";
import type { SessionClient } from "../sessions/record.ts";

/**
 * Whose sessions `?user=` asks for: those of a Kubernetes user, a machine's user, or a machine's id. Where names are shown as
 * pseudonyms, it is these that are asked for, and a true name finds nothing: nobody is to try names out.
 */
export const clientFilter = (
  user: string | undefined,
  names: ShownNames,
): ((client: SessionClient) => boolean) | undefined => {
  if (user === undefined) return undefined;
  if (!names.pseudonymsOnly)
    return ({ id, username, kubernetesUsername }) => [kubernetesUsername, username, id].includes(user);
  return ({ id, username, kubernetesUsername }) =>
    [names.person(kubernetesUsername), names.person(username), names.machineId(id)].includes(user);
};

import type { Call } from "../command.ts";
import { confirm, needsAnswer } from "../confirm.ts";
import { CliError, EXIT } from "../exit.ts";
import { table } from "../table.ts";
import { safe } from "../text.ts";
import { shownName } from "./family.ts";

/** `prune`: asks the agent of a cluster to remove its orphaned objects. */
export const prune = async (call: Call<{ cluster: string; yes?: boolean }>): Promise<void> => {
  const {
    options: { cluster, yes = false },
    system,
    connection: { api, url },
    print,
  } = call;
  needsAnswer(system, yes);
  if (!yes) {
    const { clusters, entries } = await api.catalogStatus();
    if (!clusters.some((known) => known.cluster_id === cluster))
      throw new CliError(
        EXIT.notFound,
        `No cluster with the catalog has the id ${safe(cluster)}. To list the ids: license-server policy status`,
      );
    const orphaned = entries.filter((entry) => entry.cluster_id === cluster && entry.state === "orphaned");
    if (orphaned.length === 0)
      throw new CliError(EXIT.notFound, `The cluster ${safe(cluster)} has no orphaned objects.`);
    system.stderr.write(`${objectTable(orphaned)}\n`);
    await confirm(system, `Remove these objects from the cluster, by its agent, at ${await url()}?`, yes);
  }
  const answer = await api.catalogPrune(cluster);
  print(answer, () =>
    answer.removed.length === 0
      ? "The cluster has no orphaned objects."
      : `${objectTable(answer.removed)}\n\nThe agent removes them after its next heartbeat.`,
  );
};

const objectTable = (objects: readonly { kind: string; namespace: string | null; name: string }[]): string =>
  table(
    ["Kind", "Name"],
    objects.map((object) => [object.kind, shownName(object)]),
  );

/** `accept`: after a restore of the table, lets agents apply the catalog although they have seen a later revision. */
export const accept = async (call: Call<{ yes?: boolean }>): Promise<void> => {
  const {
    args: [given],
    options: { yes = false },
    system,
    connection: { api, url },
    print,
  } = call;
  needsAnswer(system, yes);
  if (given !== undefined && !/^\d+$/.test(given))
    throw new CliError(EXIT.usage, "The revision must be a whole number.");
  const found = await api.catalogStatus();
  const revision = given === undefined ? found.revision : Number(given);
  const behind = found.clusters.filter(({ state }) => state === "catalog_went_back");
  const names = behind.map(({ cluster, cluster_id }) => safe(cluster ?? cluster_id)).join(", ");
  await confirm(
    system,
    `Let agents apply revision ${revision} at ${await url()}? ${names === "" ? "No cluster has reported a later one." : `They have seen a later one (${names}). What that one added is removed or put back.`}`,
    yes,
  );
  const answer = await api.catalogAccept(revision);
  print(answer, () => `Accepted. The catalog is now at revision ${answer.revision}, and agents apply it.`);
};

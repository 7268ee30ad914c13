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
  const { clusters, revision: ours } = await api.catalogStatus();
  const ahead = clusters.filter(({ state }) => state === "catalog_went_back");
  if (given === undefined && ahead.length === 0)
    throw new CliError(
      EXIT.notFound,
      "No cluster has the state catalog_went_back. To list the clusters: license-server policy status",
    );
  // The server continues above the accepted revision, so it must be the highest that a cluster has had.
  const revision = given === undefined ? Math.max(...ahead.map((each) => each.revision ?? 0)) : Number(given);
  const names = ahead.map(({ cluster, cluster_id }) => safe(cluster ?? cluster_id)).join(", ");
  const who = names === "" ? "" : ` (${names})`;
  await confirm(
    system,
    `The catalog at ${await url()} is at revision ${ours}, and clusters have had ${revision}${who}. Let agents apply the catalog as it is now? What later revisions changed is undone.`,
    yes,
  );
  const answer = await api.catalogAccept(revision);
  print(answer, () => `Accepted. The catalog is now at revision ${answer.revision}, and agents apply it.`);
};

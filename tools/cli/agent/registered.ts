import type { OperatorListResponse } from "../../../shared/contract/responses.ts";
import { type EpochMs, MINUTE_MS } from "../../../shared/contract/time.ts";
import type { Check } from "../doctor/check.ts";
import { longAgo } from "../text.ts";
import { at, instanceIdOf, listAt, textAt } from "./cluster.ts";

type Entry = OperatorListResponse["operators"][number];

const STALE_VIEW_MS = 5 * MINUTE_MS;

/** What the server knows of this cluster's agent. */
export const registeredCheck = (operators: readonly Entry[], clusterId: string, now: EpochMs): Check => {
  const entry = operators.find(({ instance_id }) => instance_id === instanceIdOf(clusterId));
  const name = "registered";
  if (entry === undefined)
    return {
      name,
      result: "warn",
      found: `the server does not know ${instanceIdOf(clusterId)}`,
      advice: "Does the agent run, and is it set to this server? See its log.",
    };
  const heard = entry.last_heartbeat === null ? "never" : longAgo(entry.last_heartbeat, now);
  const found = `${entry.cluster ?? "unnamed"}: ${entry.state}, last heartbeat ${heard}`;
  if (entry.state !== "active") return { name, result: "warn", found, advice: "See the agent's log." };
  const observedAt = entry.agent?.observed_at ?? null;
  if (observedAt === null)
    return { name, result: "warn", found: `${found}, has not read the cluster yet`, advice: "See the agent's log." };
  if (now - Date.parse(observedAt) > STALE_VIEW_MS)
    return {
      name,
      result: "warn",
      found: `${found}, last saw the cluster ${longAgo(observedAt, now)}`,
      advice: "The agent cannot list some kind of object. See its log.",
    };
  return { name, result: "ok", found: `${found}, saw the cluster ${longAgo(observedAt, now)}` };
};

/** Whether every member of a multi-cluster primary has an agent of its own; undefined without members. */
export const membersCheck = (mirrordOperator: unknown, operators: readonly Entry[]): Check | undefined => {
  const members = listAt(mirrordOperator, "status", "connected_clusters").flatMap((each) => textAt(each, "name") ?? []);
  if (members.length === 0) return undefined;
  const names = new Set(
    operators.filter(({ kind, state }) => kind === "agent" && state !== "gone").map(({ cluster }) => cluster),
  );
  const without = members.filter((member) => !names.has(member));
  if (without.length === 0)
    return { name: "members", result: "ok", found: `all ${members.length} clusters have an agent` };
  return {
    name: "members",
    result: "warn",
    found: `no agent of this name: ${without.join(", ")}`,
    advice:
      "Without an agent there, sessions that run in a member cluster alone are not counted. Install one with clusterName set to the member's name.",
  };
};

/** The operator as it describes itself: version and license. */
export const operatorText = (mirrordOperator: unknown): string => {
  const version = textAt(mirrordOperator, "spec", "operator_version");
  const license = at(mirrordOperator, "spec", "license");
  const [name, until] = [textAt(license, "name"), textAt(license, "expire_at")];
  return [
    version === undefined ? "version unknown" : `version ${version}`,
    ...(name === undefined ? [] : [`license ${name}${until === undefined ? "" : ` until ${until}`}`]),
  ].join(", ");
};

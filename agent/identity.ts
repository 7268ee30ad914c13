import { describeKube, isDone, type Kube } from "./kube/kube.ts";

export type ClusterIdReading = { kind: "known"; id: string } | { kind: "unknown"; detail: string };

/** The id of the cluster: the UID of the namespace `default`, which is what operators report too. */
export const readClusterId = async (kube: Kube): Promise<ClusterIdReading> => {
  const outcome = await kube.call({ path: "/api/v1/namespaces/default" });
  if (!isDone(outcome)) return { kind: "unknown", detail: describeKube(outcome) };
  const uid = (outcome.body as { metadata?: { uid?: unknown } } | undefined)?.metadata?.uid;
  return typeof uid === "string" && /^[A-Za-z0-9-]{1,64}$/.test(uid)
    ? { kind: "known", id: uid }
    : { kind: "unknown", detail: "the namespace default has no UID" };
};

import type { PolicyFacts } from "../contract/policy-facts.ts";

/** An entry of the catalog, as far as it is judged: its spec has passed `validateSpec`. */
export type PolicyEntry = {
  kind: string;
  name: string;
  namespace: string | null;
  /** Globs over cluster names, or `id:<cluster_id>`. */
  clusters: readonly string[];
  spec: unknown;
};

/** The cluster of a session. Without a name, only `*` and its id match it. */
export type Cluster = { id: string | undefined; name: string | undefined };

/** A session with its facts. In `facts` an absent field is not known, and null means none. */
export type JudgedSession = {
  cluster: Cluster;
  target: { namespace: string; kind: string; name: string; container?: string | undefined };
  facts: PolicyFacts;
};

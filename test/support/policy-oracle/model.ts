import type { Selector } from "./labels.ts";

/** A rule about connections out of a session. All that it says must hold. */
export type OutgoingRule = {
  ipBlock?: { cidr: string; except?: string[] } | null;
  hostname?: string | null;
  ports?: { port: number; protocol: string }[];
};

/** A policy as the documents describe it. */
export type Policy = {
  id: string;
  /** The only namespace that it applies to, or null for all. */
  namespace: string | null;
  clusters: readonly string[];
  targetPath: string | null;
  selector: Selector | null;
  block: string[];
  headerFilter: string | null;
  requiresProfile: boolean;
  profileAllowlist: string[] | null;
  appliesToCopyTargets: boolean;
  envExclude: string[];
  files: { local: string[]; notFound: string[]; readOnly: string[] };
  outgoing: { allow: OutgoingRule[]; block: OutgoingRule[] };
  /** It has rules for split queues, about which a session says nothing. */
  rulesQueues: boolean;
  /** It was stored with fields or values that the documents do not describe. */
  hasUnknown: boolean;
};

export type Labels = Readonly<Record<string, string>>;

/** A target or one of its owners. `path` is `<type>/<name>`, or `targetless`. `labels` is undefined if they are not known. */
export type Workload = { path: string; labels: Labels | undefined };

export type Filter = { header?: string | undefined };
export type HttpFilter = { one: Filter } | { allOf: Filter[] } | { anyOf: Filter[] };

/** What is known of a session. Undefined is not known, null is known to be none. */
export type Session = {
  cluster: { id: string; name: string | undefined };
  namespace: string;
  target: Workload;
  container: string | undefined;
  owners: Workload[] | undefined;
  semantics: "target" | "owners" | undefined;
  features: ReadonlySet<string> | undefined;
  profile: string | null | undefined;
  httpFilter: HttpFilter | null | undefined;
  isCopyTarget: boolean | undefined;
};

export type Connection = { hostname?: string | null; ip?: string | null; port: number; protocol: "TCP" | "UDP" };

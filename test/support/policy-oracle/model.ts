import type { Selector } from "./labels.ts";

/** A policy as the documents describe it. `hasUnknownFields`: it was stored with fields that the documents do not describe. */
export type Policy = {
  id: string;
  /** The only namespace that it applies to, or null for all. */
  namespace: string | null;
  targetPath?: string | null;
  selector?: Selector | null;
  block: string[];
  headerFilter?: string | null;
  requireProfile?: boolean;
  profileAllowlist?: string[] | null;
  appliesToCopyTargets?: boolean;
  hasUnknownFields: boolean;
};

export type Labels = Readonly<Record<string, string>>;

/** A target or one of its owners. `path` is `<type>/<name>`, or `targetless`. `labels` is undefined where nobody said them. */
export type Workload = { path: string; labels: Labels | undefined };

export type Filter = { header?: string };
export type HttpFilter = { one: Filter } | { allOf: Filter[] } | { anyOf: Filter[] };

/** What is known of a session. Undefined is not known, null is known to be none. */
export type Session = {
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

/** Collects the values of an option that may be repeated. */
export const repeated = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

export const NAMESPACE = [
  "-n, --namespace <namespace>",
  "the namespace; without it the entry is for the whole cluster",
] as const;
export const FILES = [
  "-f, --filename <file>",
  "a file, a folder, or - for standard input; may be repeated",
  repeated,
] as const;
export const YES = ["-y, --yes", "do not ask"] as const;
export const UNKNOWN = [
  "--allow-unknown",
  "accept fields that this server does not know, if an operator supports them",
] as const;
export const FORCE = ["--force", "accept a policy that requires a profile and allows none"] as const;

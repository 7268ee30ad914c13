import type { Child, Start } from "../../../agent/sessions/types.ts";
import type { Known } from "./knowledge.ts";
import type { Life } from "./lives.ts";

/** The ids that the design gives an object. A parent has its name; a later one of the same name has the longer id. */
export const idsOf = (life: Life): Set<string> => {
  const digits = life.uid.slice(0, 8);
  if (life.kind === "PreviewSession") return new Set([`preview.${life.uid}`]);
  if (life.what === "parent") return new Set([life.name, `${life.name}:${digits}`]);
  return new Set([`${life.name}.${digits}`]);
};

/** How complaints name an object. */
export const nameOf = ({ life }: Known): string => `${life.what} ${life.number} (${[...idsOf(life)][0]})`;

const TARGETS: Partial<Record<Life["what"], Record<string, string>>> = {
  targetless: { kind: "targetless", name: "targetless", namespace: "shop" },
  "pod set": { kind: "podset", namespace: "shop" },
  user: { kind: "Deployment", name: "cart", container: "web", namespace: "shop" },
  parent: { kind: "Deployment", name: "cart", container: "web", namespace: "shop" },
};

/** What a start says wrongly about an object. */
export const startFaults = (start: Start, { life }: Known): string[] => {
  const faults: string[] = [];
  const expect = (name: string, value: unknown, expected: unknown) => {
    if (value !== expected) faults.push(`${name} is ${JSON.stringify(value)}, not ${JSON.stringify(expected)}`);
  };
  const kind = life.kind === "PreviewSession" ? "preview" : life.what.startsWith("ci") ? "ci" : "user";
  if (life.what !== "parent") expect("session_kind", start.session_kind, kind);
  expect("ci", start.ci, start.session_kind !== "user");
  expect("parent_id without a suffix", start.parent_id?.replace(/:[0-9a-f]{8}$/, ""), life.parentName);
  if (life.kind === "PreviewSession") expect("client", start.client, undefined);
  else if (life.what !== "odd") {
    expect("client.id", start.client?.id, "q0Jm/x+TJ3dD0m9x0aYl6y7nq2N8cC5v1bU4oQfZKfE");
    expect("client.kubernetes_username", start.client?.kubernetes_username, "ana@example.com");
  }
  if (life.what === "copied") expect("copy_target", start.copy_target, true);
  if (life.what === "ci" && start.ci_info === undefined) faults.push("has no ci_info");
  if (life.what === "user") expect("branch", start.branch, "PROJ-1-cart");
  const target: Record<string, string | undefined> = start.target;
  for (const [field, value] of Object.entries(TARGETS[life.what] ?? {})) expect(field, target[field], value);
  return faults;
};

/** What a child says wrongly. It belongs to the newest parent of its name. */
export const childFault = (child: Child, { life }: Known, all: readonly Known[]): string | undefined => {
  const parents = all.filter((each) => each.life.what === "parent" && each.life.name === life.parentName);
  const newest = parents.sort((one, other) => one.life.number - other.life.number).at(-1);
  const ids = newest === undefined ? new Set([life.parentName]) : idsOf(newest.life);
  if (!ids.has(child.parent_id)) return `its parent is ${child.parent_id}`;
  if (child.session_kind !== (life.what === "ci child" ? "ci" : "user")) return `it is ${child.session_kind}`;
  return undefined;
};

/** The kind that a parent starts with, by the children of its cluster that the agent knows. Undefined: it may be either. */
export const parentKind = (parent: Life, all: readonly Known[]): "user" | "ci" | undefined => {
  const ofCi = all.filter(({ life }) => life.what === "ci child" && life.parentName === parent.name);
  if (ofCi.length === 0) return "user";
  return ofCi.some(({ is }) => is === "live") ? "ci" : undefined;
};

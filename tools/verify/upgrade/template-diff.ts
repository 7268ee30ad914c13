/** The parts of a template that a deployment changes. */
export type Template = { Resources: Record<string, Resource>; Outputs?: Record<string, object> };
type Resource = { Type: string; Metadata?: unknown } & Record<string, unknown>;

/** One line of a difference: resources of one type in one stack, and what happens to them. */
export type Change = {
  stack: string;
  /** A resource type, or `Output`. */
  type: string;
  /** `added`, `removed`, or the path of the part that changed. */
  what: string;
  /** The logical ids. */
  ids: string[];
};

/** What changes from one template of a stack to another, grouped by type and part, in a fixed order. */
export const templateChanges = (stack: string, before: Template, after: Template): Change[] => {
  const changes = new Map<string, Change>();
  const note = (type: string, what: string, id: string): void => {
    const change = changes.get(`${type} ${what}`) ?? { stack, type, what, ids: [] };
    change.ids.push(id);
    changes.set(`${type} ${what}`, change);
  };
  const [old, current] = [partsOf(before), partsOf(after)];
  for (const [id, part] of old) {
    const now = current.get(id);
    if (now === undefined) note(part.Type, "removed", id);
    else if (now.Type !== part.Type) note(now.Type, `was ${part.Type}`, id);
    else for (const path of differingPaths(part, now)) note(part.Type, path, id);
  }
  for (const [id, part] of current) if (!old.has(id)) note(part.Type, "added", id);
  return [...changes.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
};

const keyOf = ({ type, what }: Change): string => `${type} ${what}`;

// Metadata is the CDK's own: it changes nothing in AWS.
const partsOf = ({ Resources: resources, Outputs: outputs = {} }: Template): Map<string, Resource> =>
  new Map([
    ...Object.entries(resources).map(([id, { Metadata: _, ...resource }]): [string, Resource] => [
      id,
      resource as Resource,
    ]),
    ...Object.entries(outputs).map(([id, output]): [string, Resource] => [
      `Output ${id}`,
      { Type: "Output", ...output },
    ]),
  ]);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

// A function such as `Ref` is one value.
const isPlain = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && !Object.keys(value).some((key) => key === "Ref" || key.startsWith("Fn::"));

const differingPaths = (before: unknown, after: unknown, path = ""): string[] => {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isPlain(before) || !isPlain(after)) return [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differingPaths(before[key], after[key], path === "" ? key : `${path}.${key}`));
};

/** A row of the table in docs/upgrades.md. A `*` in `what` is any text. */
export type Explained = { stack: string; type: string; what: string; why: string };

/** The rows below the heading of the table. */
export const explainedIn = (document: string): Explained[] => {
  const section = document.split("\n### Every line\n")[1]?.split("\n#")[0] ?? "";
  return [...section.matchAll(/^\| (Data|Service) \| `([^`]+)` \| (.+?) \| (.+?) \|$/gm)].flatMap(
    ([, stack = "", type = "", parts = "", why = ""]) =>
      parts.split(", ").map((what) => ({ stack, type, what: what.replaceAll("`", ""), why })),
  );
};

const explains = (row: Explained, change: Change): boolean =>
  row.stack === change.stack && row.type === change.type && fits(row.what, change.what.replace(/^Properties\./, ""));

/** Whether a text is a pattern's, in which one `*` is any text. */
const fits = (pattern: string, text: string): boolean => {
  const [start = "", end] = pattern.split("*");
  return end === undefined ? text === pattern : text.startsWith(start) && text.endsWith(end);
};

/** The changes that no row explains, and the rows that explain no change. */
export const compareWith = (
  rows: readonly Explained[],
  changes: readonly Change[],
): { unexplained: Change[]; stale: Explained[] } => ({
  unexplained: changes.filter((change) => !rows.some((row) => explains(row, change))),
  stale: rows.filter((row) => !changes.some((change) => explains(row, change))),
});

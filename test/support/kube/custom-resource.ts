import { isDeepStrictEqual } from "node:util";
import { readBy, type Schema } from "./schemas.ts";
import type { KubeObject, KubePath } from "./store.ts";

type Json = Record<string, unknown>;
type Refusal = { code: number; reason: string; message: string; details?: Json };

/** What a write of a custom resource comes to: the object to store, or why the API server refuses it. */
export type Admission = { kind: "admitted"; object: Json } | ({ kind: "refused" } & Refusal);

/** One manager's note, and the fields of the spec that it owns. */
type Managed = { manager: string; operation: "Update"; time: string; fields: string[] };

export type WriteRequest = {
  path: KubePath;
  body: Json;
  before: KubeObject | undefined;
  schema: Schema;
  strict: boolean;
  manager: string;
  now: number;
};

/**
 * A create or replace as an API server does it: unknown fields are refused under strict validation and dropped without, the schema
 * is checked, defaults are added, `metadata.generation` grows with the spec, and who wrote which field is noted.
 */
export const admit = ({ path, body, before, schema, strict, manager, now }: WriteRequest): Admission => {
  const { value: spec, unknown, invalid } = readBy(schema, body["spec"]);
  const kind = String(body["kind"]);
  if (strict && unknown.length > 0)
    return refused(
      400,
      "BadRequest",
      `${kind} in version "v1alpha" cannot be handled as a ${kind}: strict decoding error: ${unknown.map((name) => `unknown field "${name}"`).join(", ")}`,
    );
  if (invalid.length > 0) return refused(422, "Invalid", `${path.name} is invalid: ${invalid.join(", ")}`);
  const given = (body["metadata"] ?? {}) as Json;
  const expected = given["resourceVersion"];
  if (before !== undefined && expected !== undefined && expected !== before.metadata.resourceVersion)
    return refused(409, "Conflict", "the object has been modified");
  if (before !== undefined && given["uid"] !== undefined && given["uid"] !== before.metadata.uid)
    return refused(409, "Conflict", "the UID in the precondition differs");
  const isChanged = before !== undefined && !isDeepStrictEqual(before["spec"], spec);
  const generation = Number(before?.metadata["generation"] ?? 0) + (before === undefined || isChanged ? 1 : 0);
  const { labels, annotations, finalizers } = given;
  return {
    kind: "admitted",
    object: {
      apiVersion: body["apiVersion"],
      kind,
      metadata: {
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ...(finalizers === undefined ? {} : { finalizers }),
        ...(before?.metadata["deletionTimestamp"] === undefined
          ? {}
          : { deletionTimestamp: before.metadata["deletionTimestamp"] }),
        generation,
        managedFields: managedAfter(before, spec as Json, manager, new Date(now).toISOString()),
      },
      spec,
    },
  };
};

const managedAfter = (before: KubeObject | undefined, spec: Json, manager: string, time: string): Managed[] => {
  const notes = (before?.metadata["managedFields"] ?? []) as Managed[];
  const old = (before?.["spec"] ?? {}) as Json;
  const changed = Object.keys(spec).filter((name) => !isDeepStrictEqual(old[name], spec[name]));
  const others = notes
    .filter((note) => note.manager !== manager)
    .map((note) => ({ ...note, fields: note.fields.filter((name) => name in spec && !changed.includes(name)) }))
    .filter(({ fields }) => fields.length > 0);
  const own = notes.find((note) => note.manager === manager)?.fields ?? [];
  const fields = [...new Set([...own.filter((name) => name in spec), ...changed])];
  return [...others, ...(fields.length === 0 ? [] : [{ manager, operation: "Update" as const, time, fields }])];
};

const refused = (code: number, reason: string, message: string): Admission => ({
  kind: "refused",
  code,
  reason,
  message,
});

import { type Fields, fields, list } from "./fields.ts";
import { clean, required } from "./texts.ts";
import type { Target } from "./types.ts";

const MAX_NAME = 253;
const MAX_TEXT = 128;

/**
 * The target of a session. Operators write a workload, a set of pods by labels, or nothing; any other form gets a readable
 * name, so that a new form of target costs no session.
 */
export const targetOf = (target: unknown, namespace: unknown): Target => {
  const where = { namespace: required(namespace, MAX_TEXT) };
  if (target === undefined || target === null) return { ...where, kind: "targetless", name: "targetless" };
  if (typeof target !== "object" || Array.isArray(target)) {
    return { ...where, kind: "unknown", name: required(readable(target), MAX_NAME) };
  }
  const parts = fields(target);
  const container = clean(parts["container"], MAX_TEXT);
  const rest = container === undefined ? {} : { container };
  if (parts["labelSelector"] !== undefined && parts["labelSelector"] !== null) {
    return {
      ...where,
      kind: "podset",
      name: required(selectorText(fields(parts["labelSelector"])), MAX_NAME),
      ...rest,
    };
  }
  const [kind, name] = [clean(parts["kind"], MAX_TEXT), clean(parts["name"], MAX_NAME)];
  if (kind === undefined && name === undefined) {
    return { ...where, kind: "unknown", name: required(readable(target), MAX_NAME), ...rest };
  }
  return { ...where, kind: kind ?? "unknown", name: name ?? "unknown", ...rest };
};

/** Undefined for what is nested too deep to be written, as nobody reads it either. */
const readable = (value: unknown): string | undefined => {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
};

const part = (value: unknown): string => readable(value) ?? "unknown";

/** A label selector as `kubectl` writes it: `app=web,tier in (a,b),!legacy`. An empty one selects all pods. */
const selectorText = (selector: Fields): string => {
  const labels = Object.entries(fields(selector["matchLabels"])).map(([key, value]) => `${key}=${part(value)}`);
  const expressions = list(selector["matchExpressions"]).map((expression) => {
    const { key, operator, values } = fields(expression);
    const among = `(${list(values).map(part).join(",")})`;
    if (operator === "In") return `${part(key)} in ${among}`;
    if (operator === "NotIn") return `${part(key)} notin ${among}`;
    if (operator === "Exists") return part(key);
    if (operator === "DoesNotExist") return `!${part(key)}`;
    return `${part(key)} ${part(operator)} ${among}`;
  });
  return [...labels.sort(), ...expressions.sort()].join(",") || "all pods";
};

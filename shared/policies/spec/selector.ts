import type { Fault } from "../../contract/problems.ts";
import { PARTS_OF_OBJECTS, valuesAt } from "./visit.ts";

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** What Kubernetes requires of a label selector beyond its structure. */
export const selectorFaults = (spec: unknown): Fault[] => [
  ...valuesAt(spec, "selector.matchLabels").flatMap(({ path, value }) => labelFaults(path, value)),
  ...valuesAt(spec, "selector.matchExpressions.*").flatMap(({ path, value }) => expressionFaults(path, value)),
];

const labelFaults = (path: string, labels: unknown): Fault[] => {
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) return [];
  return Object.entries(labels).flatMap(([key, value]) => [
    ...keyFaults(`${path}.${key}`, key),
    // The schema does not look at keys that have the name of a part of every object.
    ...(typeof value === "string"
      ? valueFaults(`${path}.${key}`, value)
      : PARTS_OF_OBJECTS.includes(key)
        ? [{ path: `${path}.${key}`, message: "must be a string" }]
        : []),
  ]);
};

const expressionFaults = (path: string, expression: unknown): Fault[] => {
  if (typeof expression !== "object" || expression === null) return [];
  const { key, operator, values } = expression as Record<string, unknown>;
  const texts: unknown[] = Array.isArray(values) ? values : [];
  const needsValues = operator === "In" || operator === "NotIn";
  const needsNone = operator === "Exists" || operator === "DoesNotExist";
  return [
    ...(typeof key === "string" && key !== "" ? keyFaults(`${path}.key`, key) : []),
    ...(needsValues && texts.length === 0
      ? [{ path: `${path}.values`, message: `must not be empty with the operator ${operator}` }]
      : []),
    ...(needsNone && texts.length > 0
      ? [{ path: `${path}.values`, message: `must be empty with the operator ${operator}` }]
      : []),
    ...texts.flatMap((value, index) =>
      typeof value === "string" ? valueFaults(`${path}.values.${index}`, value) : [],
    ),
  ];
};

const keyFaults = (path: string, key: string): Fault[] => {
  const [name, prefix, ...rest] = key.split("/").reverse();
  const isGood =
    name !== undefined && NAME.test(name) && (prefix === undefined || PREFIX.test(prefix)) && rest.length === 0;
  return isGood
    ? []
    : [{ path, message: "must have a label's key: an optional prefix and /, then 1 to 63 characters" }];
};

const valueFaults = (path: string, value: string): Fault[] =>
  value === "" || NAME.test(value)
    ? []
    : [{ path, message: "must be a label's value: at most 63 letters, digits, -, _ and ." }];

import type { Selector } from "../../contract/policy-spec.ts";
import { type Answer, all } from "./answer.ts";

export type Labels = Readonly<Record<string, string>>;

/** Whether labels match all rules of a selector. A label that is absent matches `NotIn`, as in Kubernetes. */
export const selects = (selector: Selector | null | undefined, labels: Labels): Answer =>
  all([
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => labelOf(labels, key) === value),
    ...(selector?.matchExpressions ?? []).map(({ key, operator, values }) =>
      expression(operator, labelOf(labels, key), values ?? []),
    ),
  ]);

/** Whether a selector has any rule. */
export const hasRules = (selector: Selector | null | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length > 0 || (selector?.matchExpressions ?? []).length > 0;

const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

const expression = (operator: string, value: string | undefined, values: readonly string[]): Answer => {
  if (operator === "In") return value !== undefined && values.includes(value);
  if (operator === "NotIn") return value === undefined || !values.includes(value);
  if (operator === "Exists") return value !== undefined;
  if (operator === "DoesNotExist") return value === undefined;
  return "unknown_field";
};

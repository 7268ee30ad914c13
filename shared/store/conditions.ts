import type { Expression } from "./table.ts";

/** The condition that all of these hold. */
export const allOf = (...conditions: readonly Expression[]): Expression => {
  const names = Object.assign({}, ...conditions.map((condition) => condition.names));
  return {
    expression: conditions.map(({ expression }) => expression).join(" AND "),
    ...(Object.keys(names).length === 0 ? {} : { names }),
    values: Object.assign({}, ...conditions.map(({ values }) => values)),
  };
};

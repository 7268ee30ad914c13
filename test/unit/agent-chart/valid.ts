import { type SomeValues, type Values, valuesOf } from "../../../tools/agent/values.ts";

/** The given values over the chart's defaults. */
export const valid = (...given: readonly SomeValues[]): Values => {
  const read = valuesOf(...given);
  if (!read.ok) throw new Error(read.faults.join("\n"));
  return read.values;
};

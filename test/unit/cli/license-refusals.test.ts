import { describe, expect, it } from "vitest";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";
import type { OperatorListResponse } from "../../../shared/contract/responses.ts";
import { type LicenseTerms, readLicenseTerms } from "../../../shared/licensing/license-terms.ts";
import { mayRefuse, refusals } from "../../../tools/cli/license-refusals.ts";
import { mintTerms } from "../../../tools/mint/mint.ts";

type Operator = OperatorListResponse["operators"][number];
const [EXAMPLE] = RESPONSE_EXAMPLES.operatorList.operators;
const operator = (cluster: string, changes: Partial<Operator> = {}): Operator => ({ ...EXAMPLE, cluster, ...changes });

const terms = (json: Record<string, unknown>): LicenseTerms => {
  const reading = readLicenseTerms(Buffer.from(JSON.stringify(mintTerms(json))));
  if (!reading.ok) throw new Error(reading.faults.join("; "));
  return reading.terms;
};
const LIMITS = { min_operator_version: "3.120.0", max_operators: 1 };

describe("what a license would refuse", () => {
  const operators = [
    operator("a", { version: "3.119.0" }),
    operator("a", { instance_id: "a-2", version: "3.120.0" }),
    operator("b", { kind: "agent", cluster_id: "id-b", version: "3.0.0" }),
    operator("c", { state: "gone", version: "1.0.0" }),
  ];

  it("is each old operator and each installation too many, of those that are connected", () => {
    expect(refusals(terms({ edition: "community", ...LIMITS }), operators)).toEqual([
      "min_operator_version is 3.120.0: these operators are refused: a (3.119.0).",
      "max_operators is 1, but 2 installations are connected (a, id-b): 1 of them get no lease.",
    ]);
  });

  it("is nothing within the limits, and nothing under a premium license", () => {
    const within = { edition: "community", min_operator_version: "3.119.0", max_operators: 2 };
    expect(refusals(terms(within), operators)).toEqual([]);
    expect(refusals(terms({ edition: "premium", ...LIMITS }), operators)).toEqual([]);
    expect(mayRefuse(terms({ edition: "premium", ...LIMITS }))).toBe(false);
  });

  it("needs the list of operators only if the license can refuse any", () => {
    expect(mayRefuse(terms({}))).toBe(false);
    expect(mayRefuse(terms({ max_operators: 1 }))).toBe(false);
    expect(mayRefuse(terms({ min_operator_version: "3.120.0" }))).toBe(true);
    expect(mayRefuse(terms({ edition: "community", max_operators: 1 }))).toBe(true);
  });
});

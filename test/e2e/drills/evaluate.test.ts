import { describe, expect, it } from "vitest";
import { type Datum, evaluate, type TemplateAlarm } from "../../support/cloudwatch.ts";

/** The oracle is CloudWatch's user guide: "Alarm evaluation" and "Configuring how alarms treat missing data". */

const alarm = (changes: Partial<TemplateAlarm["properties"]>): TemplateAlarm => ({
  name: "Test",
  properties: {
    AlarmName: "Test",
    AlarmDescription: "",
    AlarmActions: [],
    Namespace: "N",
    MetricName: "M",
    Dimensions: [{ Name: "D", Value: { Ref: "Function" } }],
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 3,
    ComparisonOperator: "GreaterThanOrEqualToThreshold",
    TreatMissingData: "notBreaching",
    ...changes,
  },
});

const MINUTE_MS = 60_000;
const at = (minute: number, value: number): Datum => ({
  namespace: "N",
  metric: "M",
  dimensions: { D: { Ref: "Function" } },
  at: minute * MINUTE_MS + 1_000,
  value,
});

describe("an alarm of the drills", () => {
  it("adds up what lies in one period, and nothing of the one before", () => {
    expect(evaluate(alarm({}), [at(9, 2), at(10, 1), at(10, 2)], 10 * MINUTE_MS + 30_000)).toBe("ALARM");
    expect(evaluate(alarm({}), [at(9, 2), at(10, 2)], 10 * MINUTE_MS + 30_000)).toBe("OK");
  });

  it("sees no metric of another name, namespace or dimension", () => {
    const others = [
      { ...at(10, 9), metric: "O" },
      { ...at(10, 9), namespace: "O" },
      { ...at(10, 9), dimensions: { D: { Ref: "Other" } } },
      { ...at(10, 9), dimensions: {} },
    ];
    expect(evaluate(alarm({}), others, 10 * MINUTE_MS)).toBe("OK");
  });

  it("of several periods goes off once all of them breach, or as many as it asks for", () => {
    const data = [at(8, 3), at(9, 0), at(10, 3)];
    expect(evaluate(alarm({ EvaluationPeriods: 3 }), data, 10 * MINUTE_MS)).toBe("OK");
    expect(evaluate(alarm({ EvaluationPeriods: 3, DatapointsToAlarm: 2 }), data, 10 * MINUTE_MS)).toBe("ALARM");
  });

  it.each([
    ["breaching", "ALARM"],
    ["notBreaching", "OK"],
    ["missing", "INSUFFICIENT_DATA"],
  ])("without data, treated as %s, is in state %s whatever it was in before", (TreatMissingData, state) => {
    for (const before of ["OK", "ALARM"] as const)
      expect(evaluate(alarm({ TreatMissingData }), [], 10 * MINUTE_MS, before)).toBe(state);
  });

  it("without data that it is to ignore stays as it was", () => {
    for (const before of ["OK", "ALARM"] as const)
      expect(evaluate(alarm({ TreatMissingData: "ignore" }), [], 10 * MINUTE_MS, before)).toBe(before);
  });

  it("takes of a hundred values the second largest for the 99th percentile, and the largest of few", () => {
    const { Statistic: _sum, ...rest } = alarm({ ExtendedStatistic: "p99", Threshold: 50 }).properties;
    const slow = { name: "Slow", properties: rest };
    const fast = Array.from({ length: 99 }, () => at(10, 1));
    expect(evaluate(slow, [...fast, at(10, 90)], 10 * MINUTE_MS)).toBe("OK");
    expect(evaluate(slow, [...fast.slice(1), at(10, 90), at(10, 90)], 10 * MINUTE_MS)).toBe("ALARM");
    expect(evaluate(slow, [at(10, 1), at(10, 90)], 10 * MINUTE_MS)).toBe("ALARM");
  });

  it("compares as it is told to", () => {
    const state = (ComparisonOperator: string, value: number) =>
      evaluate(alarm({ ComparisonOperator }), [at(10, value)], 10 * MINUTE_MS);
    expect([2, 3, 4].map((value) => state("LessThanThreshold", value))).toEqual(["ALARM", "OK", "OK"]);
    expect([2, 3, 4].map((value) => state("GreaterThanThreshold", value))).toEqual(["OK", "OK", "ALARM"]);
    expect([2, 3, 4].map((value) => state("GreaterThanOrEqualToThreshold", value))).toEqual(["OK", "ALARM", "ALARM"]);
  });
});

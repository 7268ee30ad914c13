import { describe, expect, it } from "vitest";
import { byNamespace, ciPeakOf, sinceFirstUse, summarize } from "../../../dashboard/model/usage.ts";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";
import type { TrendDay } from "../../../shared/contract/responses.ts";

const { usageReport: report, usageTrends } = RESPONSE_EXAMPLES;
const [user] = report.userMetrics;
const [target] = report.targetMetrics;
const [, today] = usageTrends.days;

const EMPTY = {
  sessionCount: 0,
  sessionTimeSeconds: 0,
  ciSessionCount: 0,
  ciSessionTimeSeconds: 0,
  previewCount: 0,
  previewTimeSeconds: 0,
  activeUsers: 0,
  newUsers: 0,
  maxConcurrentSessions: 0,
  maxConcurrentCiSessions: 0,
  maxConcurrentPreviews: 0,
  seatsClaimed: 0,
  denials: 0,
};

describe("the cards", () => {
  it("count the range, not all time, and name the user with the most session time", () => {
    const longest = { ...user, identifier: "ben", totalSessionCount: 1, totalSessionTimeSeconds: 97_201 };
    const summary = summarize({ ...report, userMetrics: [{ ...user }, longest] } as typeof report);
    expect(summary).toEqual({ sessions: 46, seconds: 194_401, ciSessions: 0, ciPeak: null, topUser: longest });
  });

  it("name no top user without usage", () => {
    expect(summarize({ ...report, userMetrics: [] })).toMatchObject({ sessions: 0, topUser: undefined });
  });

  it("read the peak of CI sessions from closed days", () => {
    expect(ciPeakOf(usageTrends.days)).toBe(2);
    expect(ciPeakOf([])).toBeNull();
    expect(ciPeakOf(today === undefined ? [] : [today])).toBeNull();
  });

  it("show no peak of CI sessions while every day with CI sessions is open", () => {
    const [day] = usageTrends.days;
    if (day === undefined) throw new Error("no day");
    const idle = { ...day, ciSessionCount: 0, maxConcurrentCiSessions: 0 };
    const open = { ...day, ciSessionCount: 7, maxConcurrentCiSessions: null };
    expect(ciPeakOf([idle, open])).toBeNull();
    expect(ciPeakOf([idle])).toBe(0);
    expect(ciPeakOf([idle, { ...open, ciSessionCount: 0 }])).toBe(0);
  });
});

describe("namespaces", () => {
  it("sum their targets, most sessions first", () => {
    const other = { ...target, namespace: "pay", totalSessionCount: 100 };
    const targets = [{ ...target }, { ...target, name: "cart" }, other] as typeof report.targetMetrics;
    expect(byNamespace(targets).map(({ namespace, sessions, targets: count }) => [namespace, sessions, count])).toEqual(
      [
        ["pay", 100, 1],
        ["shop", 90, 2],
      ],
    );
  });
});

describe("the trend of all time", () => {
  it("starts with the first day with use", () => {
    const unused: TrendDay = { ...EMPTY, date: "2026-11-18" };
    expect(sinceFirstUse([unused, unused, ...usageTrends.days])).toEqual(usageTrends.days);
    expect(sinceFirstUse([unused])).toEqual([unused]);
  });
});

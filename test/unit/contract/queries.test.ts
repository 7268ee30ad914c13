import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { QUERY_EXAMPLES } from "../../../shared/contract/examples.ts";
import { NoQuery, SeatListQuery, SessionListQuery, UsageReportQuery } from "../../../shared/contract/queries.ts";
import { faultsOf } from "./faults.ts";

const unknown = "is not a parameter of this route";

describe("query parameters", () => {
  it("that a route does not know are named, all of them", () => {
    expect(faultsOf(NoQuery, { a: "1", b: "" })).toEqual([`a: ${unknown}`, `b: ${unknown}`]);
    expect(faultsOf(SessionListQuery, { limit: "0", names: "x", User: "y" })).toEqual([
      "limit: must be a whole number, 1 to 1000",
      `names: ${unknown}`,
      `User: ${unknown}`,
    ]);
    expect(faultsOf(SeatListQuery, { toString: "1" })).toEqual([`toString: ${unknown}`]);
  });

  it("have their defaults where they are not given", () => {
    expect(v.parse(NoQuery, {})).toEqual({});
    expect(v.parse(SessionListQuery, {})).toEqual({ limit: 200 });
    expect(v.parse(SeatListQuery, {})).toEqual({ summary: false, limit: 5_000 });
    expect(v.parse(UsageReportQuery, { format: "xlsx" })).toEqual({ format: "xlsx" });
  });

  it("come out as values", () => {
    expect(v.parse(SessionListQuery, QUERY_EXAMPLES.sessionList)).toEqual({ ...QUERY_EXAMPLES.sessionList, limit: 50 });
    expect(v.parse(SeatListQuery, QUERY_EXAMPLES.seatList)).toEqual({ summary: true, limit: 5_000 });
    expect(v.parse(UsageReportQuery, QUERY_EXAMPLES.usageReport)).toEqual({
      format: "json",
      from: Date.UTC(2026, 10, 1),
      to: Date.UTC(2026, 11, 1),
      primary_key: "username",
    });
  });

  it.each(["1", "0001", "1000"])("take the page size %j", (limit) => {
    expect(v.parse(SessionListQuery, { limit }).limit).toBe(Number(limit));
  });

  it.each(["", "0", "1001", "-1", "+1", "1.0", "1e2", "0x10", " 1", "ten", "10000"])(
    "refuse the page size %j",
    (limit) => {
      expect(faultsOf(SessionListQuery, { limit })).toContain("limit: must be a whole number, 1 to 1000");
    },
  );

  it.each(["", "1", "TRUE", "yes"])("refuse %j as true or false", (summary) => {
    expect(faultsOf(SeatListQuery, { summary })).toEqual(["summary: must be true or false"]);
  });

  it("want a report's format, and know three", () => {
    expect(faultsOf(UsageReportQuery, {})).toEqual(["format: is required"]);
    expect(faultsOf(UsageReportQuery, { format: "pdf" })).toEqual(["format: must be xlsx, json or csv"]);
  });

  it("refuse a timeframe that runs backwards, not one that is empty", () => {
    const from = "2026-11-01T00:00:00Z";
    expect(faultsOf(UsageReportQuery, { format: "csv", from, to: from })).toEqual([]);
    expect(faultsOf(UsageReportQuery, { format: "csv", from, to: "2026-11-01T00:30:00+01:00" })).toEqual([
      "to: must not be earlier than from",
    ]);
  });

  it("are told all their faults at once", () => {
    const time = "must be an RFC 3339 date-time, as 2026-11-20T08:00:00Z";
    expect(faultsOf(UsageReportQuery, { from: "monday", to: "2026-02-30T00:00:00Z", primary_key: "name" })).toEqual([
      "format: is required",
      `from: ${time}`,
      `to: ${time}`,
      "primary_key: must be one of machine_id, username, client_username, client_hostname, person",
    ]);
  });
});

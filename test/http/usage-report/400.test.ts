import { describe, it } from "vitest";
import { expectProblem } from "../../support/answers.ts";
import { NOT_A_TIME } from "../../support/bad-values.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();
const refuse = async (query: Record<string, string> | string, paths: readonly string[]) => {
  const path = `/api/v1/reports/usage?${new URLSearchParams(query)}`;
  expectProblem(await leavingNoTrace(server(), () => server().call("GET", path)), 400, "BadRequest", paths);
};
const texts = NOT_A_TIME.flatMap(([label, value]) => (typeof value === "string" ? [[label, value] as const] : []));

describe("the usage report", () => {
  it("wants a format", async () => {
    await refuse({}, ["query.format"]);
  });

  it.each(["pdf", "", "JSON", "xls"])("knows no format %j", async (format) => {
    await refuse({ format }, ["query.format"]);
  });

  it.each(texts)("takes no time %s", async (_label, time) => {
    await refuse({ format: "json", from: time }, ["query.from"]);
    await refuse({ format: "json", to: time }, ["query.to"]);
  });

  it("may not end before it begins", async () => {
    const from = "2026-11-02T00:00:00Z";
    await refuse({ format: "json", from, to: "2026-11-01T00:00:00Z" }, ["query.to"]);
    await refuse({ format: "json", from, to: "2026-11-02T00:30:00+01:00" }, ["query.to"]);
  });

  it.each(["user", "", "Machine_id", "client_name"])("knows no primary key %j", async (primary_key) => {
    await refuse({ format: "json", primary_key }, ["query.primary_key"]);
  });

  it("is told all its faults at once", async () => {
    await refuse("format=pdf&from=monday&to=2026-02-30T00:00:00Z&primary_key=x&days=3&format=json&format=csv", [
      "query.format",
      "query.from",
      "query.to",
      "query.primary_key",
      "query.days",
    ]);
  });
});

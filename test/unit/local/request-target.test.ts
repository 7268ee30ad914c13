import { describe, expect, it } from "vitest";
import { parseTarget } from "../../../tools/local/request-target.ts";

describe("a request target", () => {
  it("gives the path decoded and the query as it came", () => {
    expect(parseTarget("/api/v1/sessions/a%2Fb%3F/end?x=%20&y", "")).toEqual({
      kind: "inside",
      path: "/api/v1/sessions/a/b?/end",
      rawQuery: "x=%20&y",
    });
  });

  it("may be a whole URL", () => {
    expect(parseTarget("http://localhost:8080/health?a=1", "")).toEqual({
      kind: "inside",
      path: "/health",
      rawQuery: "a=1",
    });
  });

  it("loses the base path", () => {
    expect(parseTarget("/prefix/health", "/prefix")).toMatchObject({ kind: "inside", path: "/health" });
    expect(parseTarget("/prefix/", "/prefix")).toMatchObject({ kind: "inside", path: "/" });
    expect(parseTarget("/prefix", "/prefix")).toEqual({ kind: "bare" });
    expect(parseTarget("", "")).toMatchObject({ kind: "inside", path: "/" });
  });

  it.each(["/health", "/prefixed/health", "/", "*"])("is outside a base path it does not begin with: %s", (target) => {
    expect(parseTarget(target, "/prefix")).toEqual({ kind: "outside" });
  });

  it.each([
    ["/%E0%A4%A", "UTF-8"],
    ["/%", "UTF-8"],
    ["/%ff", "UTF-8"],
    ["/M\xfcller", "percent-encode"],
    ["/?user=M\xfcller", "percent-encode"],
    ["health", "slash"],
  ])("is malformed if it cannot be decoded or is no path: %s", (target, reason) => {
    expect(parseTarget(target, "")).toEqual({ kind: "malformed", reason: expect.stringContaining(reason) });
  });
});

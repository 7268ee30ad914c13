import { describe, expect, it } from "vitest";
import { preferredEncoding } from "../../../shared/http/accept-encoding.ts";

describe("the encoding of an answer", () => {
  it.each([
    [undefined, "identity"],
    ["", "identity"],
    ["identity", "identity"],
    ["deflate, zstd", "identity"],
    ["gzip", "gzip"],
    ["GZip", "gzip"],
    ["x-gzip", "gzip"],
    ["br", "br"],
    ["gzip, deflate, br, zstd", "br"],
    ["identity, gzip", "gzip"],
    ["*", "br"],
    ["br;q=0.5, gzip", "gzip"],
    ["br;q=0.5, gzip;q=0.5", "br"],
    ["gzip;q=0.001", "gzip"],
    ["br;q=0, *", "gzip"],
    ["br;q=0, gzip;q=0, *", "identity"],
    ["gzip;q=0", "identity"],
    ["gzip; Q=0.0", "identity"],
    ["identity;q=1, gzip;q=0.5", "identity"],
    ["identity;q=0.5, gzip;q=0.5", "gzip"],
    ["gzip ; q=0.8 , br ; q=0.9", "br"],
    ["br;q=2, gzip;q=-1", "identity"],
    ["br;q=x, gzip", "gzip"],
    [",,;q=1,gzip", "gzip"],
  ])("for %j is %s", (header, encoding) => {
    expect(preferredEncoding(header)).toBe(encoding);
  });

  // RFC 9110, section 12.5.3, allows a 406. Something readable is better than an error.
  it("is identity for a caller that accepts nothing", () => {
    expect(preferredEncoding("identity;q=0, *;q=0")).toBe("identity");
  });
});

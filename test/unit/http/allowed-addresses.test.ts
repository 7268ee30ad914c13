import { describe, expect, it } from "vitest";
import { FUNCTIONS, type FunctionName, type FunctionSpec } from "../../../shared/contract/functions.ts";
import { FALLBACK_FUNCTION, ROUTES } from "../../../shared/contract/routes.ts";
import { allowedAddresses } from "../../../shared/http/allowed-addresses.ts";
import { toApiRequest } from "../../../shared/http/request.ts";
import { HTTP_API_EVENT, REST_API_EVENT } from "../../support/front-events.ts";

const request = (sourceIp: string) => ({ ...toApiRequest(HTTP_API_EVENT), sourceIp });

const isAllowed = (cidrs: readonly string[], sourceIp: string): boolean => {
  try {
    allowedAddresses(cidrs)(request(sourceIp));
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "Forbidden" });
    return false;
  }
};

describe("the allowed addresses", () => {
  const NETWORKS = ["203.0.113.0/28", "2001:db8:1::/48", "198.51.100.7/32"];

  it.each([
    ["203.0.113.15", true],
    ["203.0.113.16", false],
    ["198.51.100.7", true],
    ["198.51.100.8", false],
    ["2001:db8:1:ffff::1", true],
    ["2001:db8:2::1", false],
    ["::ffff:203.0.113.1", true],
    ["", false],
    ["not an address", false],
  ])("include %s: %s", (address, allowed) => {
    expect(isAllowed(NETWORKS, address)).toBe(allowed);
  });

  it.each(["::/0", "::ffff:0:0/96", "::/64"])("of the IPv6 network %s include no IPv4 address", (network) => {
    expect(isAllowed([network], "203.0.113.1")).toBe(false);
  });

  it("of all IPv6 networks include every IPv6 address", () => {
    expect(isAllowed(["::/0"], "2001:db8::1")).toBe(true);
  });

  it("are all without a list", () => {
    for (const address of ["203.0.113.1", "2001:db8::1", ""]) expect(isAllowed([], address)).toBe(true);
  });

  it("are those of the resource policy where the front has checked", () => {
    expect(() => allowedAddresses(NETWORKS)(toApiRequest(REST_API_EVENT))).not.toThrow();
  });

  it("are given to every function that answers requests", () => {
    for (const name of new Set<FunctionName>([FALLBACK_FUNCTION, ...ROUTES.map((route) => route.function)])) {
      const spec: FunctionSpec = FUNCTIONS[name];
      expect(spec.env, name).toContain("ALLOWED_CIDRS");
    }
  });
});

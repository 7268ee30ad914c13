import { BlockList, isIPv6 } from "node:net";
import { ApiProblem } from "./problem.ts";
import type { ApiRequest } from "./request.ts";

/** Throws a 403 for a request from an address that is not allowed. */
export type AddressCheck = (request: ApiRequest) => void;

/**
 * Allows the addresses of these networks alone, each as `10.0.0.0/8` or `2001:db8::/32`; without any, all addresses. A front that
 * checks addresses itself decides alone.
 */
export const allowedAddresses = (cidrs: readonly string[]): AddressCheck => {
  if (cidrs.length === 0) return () => {};
  const networks = new BlockList();
  for (const cidr of cidrs) {
    const [network = "", bits] = cidr.split("/");
    networks.addSubnet(network, Number(bits), familyOf(network));
  }
  return ({ sourceIp, addressChecked }) => {
    if (addressChecked || networks.check(sourceIp, familyOf(sourceIp))) return;
    throw new ApiProblem("Forbidden", "This address is not allowed. Add it to network.allowedCidrs");
  };
};

const familyOf = (address: string) => (isIPv6(address) ? "ipv6" : "ipv4");

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
  // Node looks for an IPv4 address in IPv6 networks, too: it would be in ::/0.
  const networks = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const cidr of cidrs) {
    const [network = "", bits] = cidr.split("/");
    const family = familyOf(network);
    networks.ipv6.addSubnet(network, Number(bits), family);
    if (family === "ipv4") networks.ipv4.addSubnet(network, Number(bits), family);
  }
  return ({ sourceIp, addressChecked }) => {
    const family = familyOf(sourceIp);
    // An IPv4 address may come as one of IPv6, such as ::ffff:203.0.113.1.
    if (addressChecked || networks[family].check(sourceIp, family)) return;
    throw new ApiProblem("Forbidden", "This address is not allowed. Add it to network.allowedCidrs");
  };
};

const familyOf = (address: string) => (isIPv6(address) ? "ipv6" : "ipv4");

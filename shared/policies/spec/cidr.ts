import { BlockList, isIPv4, isIPv6 } from "node:net";

type Family = "ipv4" | "ipv6";

/** The family of an IP address; undefined for other texts. */
const familyOf = (address: string): Family | undefined => {
  if (isIPv4(address)) return "ipv4";
  // A zone is local to a machine.
  return isIPv6(address) && !address.includes("%") ? "ipv6" : undefined;
};

/** The addresses of a range. */
export type AddressRange = { has: (address: string) => boolean };

/** The range of a text in CIDR notation; undefined for other texts. */
export const readCidr = (cidr: string): AddressRange | undefined => {
  const [address = "", bits = "", ...rest] = cidr.split("/");
  const family = familyOf(address);
  if (family === undefined || rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  const prefix = Number(bits);
  if (prefix > (family === "ipv4" ? 32 : 128)) return undefined;
  const range = new BlockList();
  range.addSubnet(address, prefix, family);
  return {
    has: (ip) => {
      const ofAddress = familyOf(ip);
      // Node looks for an IPv4 address in IPv6 ranges, too: it would be in ::/0.
      return ofAddress !== undefined && (ofAddress === family || ofAddress === "ipv6") && range.check(ip, ofAddress);
    },
  };
};

import { BlockList, isIPv4, isIPv6 } from "node:net";

export type Family = "ipv4" | "ipv6";

/** The family of an IP address; undefined for other texts. */
export const familyOf = (address: string): Family | undefined => {
  if (isIPv4(address)) return "ipv4";
  // A zone is local to a machine.
  return isIPv6(address) && !address.includes("%") ? "ipv6" : undefined;
};

/** The addresses of a range in CIDR notation; undefined for other texts. */
export const readCidr = (cidr: string): BlockList | undefined => {
  const [address = "", bits = "", ...rest] = cidr.split("/");
  const family = familyOf(address);
  if (family === undefined || rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  const prefix = Number(bits);
  if (prefix > (family === "ipv4" ? 32 : 128)) return undefined;
  const range = new BlockList();
  range.addSubnet(address, prefix, family);
  return range;
};

import { IPV4_REGEX, IPV6_REGEX } from "valibot";

/** Whether a text is a network of IPv4 or IPv6 addresses, as `10.0.0.0/8` or `2001:db8::/32`. */
export const isCidr = (text: string): boolean => {
  const [network = "", bits = "", ...rest] = text.split("/");
  // The zone of a link-local address, as %eth0, has a meaning on one machine only.
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits) || network.includes("%")) return false;
  return (IPV4_REGEX.test(network) && Number(bits) <= 32) || (IPV6_REGEX.test(network) && Number(bits) <= 128);
};

export const CIDR_FAULT = "must be a network, as 10.0.0.0/8 or 2001:db8::/32";

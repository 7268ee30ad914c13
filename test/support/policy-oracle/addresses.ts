/** An address as a number of 32 or 128 bits. */
type Address = { bits: 32n | 128n; value: bigint };

/** The number of an IPv4 or IPv6 address. */
const addressOf = (text: string): Address => {
  if (!text.includes(":")) return { bits: 32n, value: number(text.split("."), 10, 8n) };
  const [head = "", tail = ""] = text.split("::");
  const before = head.split(":").filter((group) => group !== "");
  const after = tail.split(":").filter((group) => group !== "");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return { bits: 128n, value: number([...before, ...zeros, ...after], 16, 16n) };
};

const number = (parts: readonly string[], base: 10 | 16, width: bigint): bigint =>
  parts.reduce((value, part) => (value << width) + BigInt(Number.parseInt(part, base)), 0n);

/** Whether a range has an address: the address divided by the size of the range is the number of the range. */
export const rangeHas = (cidr: string, ip: string): boolean => {
  const [base = "", length = ""] = cidr.split("/");
  const [range, address] = [addressOf(base), addressOf(ip)];
  const size = 1n << (range.bits - BigInt(length));
  return range.bits === address.bits && range.value / size === address.value / size;
};

/** What the checks of a policy use of Node's `net`, for the browser: `build.ts` puts this module in its place. */

/** Whether a text is an IPv4 address. */
export const isIPv4 = (text: string): boolean => /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);

/** Whether a text is an IPv6 address. */
export const isIPv6 = (text: string): boolean => /^[\da-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`);

/** The page checks whether a range is one, and never which addresses are in it. */
export class BlockList {
  addSubnet(_address: string, _prefix: number, _family: "ipv4" | "ipv6"): void {}
  check(_address: string, _family: "ipv4" | "ipv6"): boolean {
    throw new Error("the page cannot look up addresses");
  }
}

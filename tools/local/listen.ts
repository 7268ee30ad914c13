import { type Gateway, type GatewayOptions, startGateway } from "./gateway.ts";
import { StartError } from "./start-error.ts";

/** Starts the gateway. Throws a `StartError` that says what to change if it cannot listen on the address and port. */
export const listen = async (options: GatewayOptions): Promise<Gateway> => {
  try {
    return await startGateway(options);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    const { address, port } = options;
    const problems: Record<string, string> = {
      EADDRINUSE: `PORT: ${port} is in use on ${address}. Choose another port, or 0 for any free one.`,
      EACCES: `PORT: this user may not use ${port}. Choose a port above 1023.`,
      EADDRNOTAVAIL: `ADDRESS: ${address} is not an address of this machine.`,
      ENOTFOUND: `ADDRESS: ${address} cannot be resolved.`,
    };
    throw new StartError([problems[code] ?? `ADDRESS: cannot listen on ${address}, port ${port}: ${code}`], {
      cause: error,
    });
  }
};

/** The URL of the server on this machine. A wildcard address becomes the loopback address. */
export const baseUrl = (
  { address, tls, basePath }: Pick<GatewayOptions, "address" | "tls" | "basePath">,
  port: number,
): string => {
  const reachable = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  const host = reachable.includes(":") ? `[${reachable}]` : reachable;
  return `${tls === undefined ? "http" : "https"}://${host}:${port}${basePath}`;
};

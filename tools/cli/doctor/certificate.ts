import { connect, type TLSSocket } from "node:tls";
import { DAY_MS, type EpochMs } from "../../../shared/contract/time.ts";
import { EXIT } from "../exit.ts";
import { adviceOf, reasonOf } from "../request.ts";
import { count, day } from "../text.ts";
import type { Check } from "./check.ts";

const WARN_DAYS = 21;
const TIMEOUT_MS = 5_000;

/** Checks that requests are encrypted, and how long the certificate is valid. */
export const certificateCheck = async (url: URL, now: EpochMs): Promise<Check> => {
  if (url.protocol === "http:")
    return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
      ? { name: "tls", result: "ok", found: "not needed: the server is on this machine" }
      : {
          name: "tls",
          result: "fail",
          found: "the key is sent unencrypted over the network",
          advice: "Use an https URL.",
        };
  const seen = await handshake(url);
  if (!seen.ok)
    return {
      name: "tls",
      result: "fail",
      found: seen.reason,
      ...(seen.advice === undefined ? {} : { advice: seen.advice }),
      exit: EXIT.unavailable,
    };
  const days = Math.floor((seen.validTo - now) / DAY_MS);
  const found = `${seen.protocol}, certificate until ${day(new Date(seen.validTo).toISOString())}`;
  return days < WARN_DAYS
    ? { name: "tls", result: "warn", found, advice: `Renew the certificate: ${count(days, "day")} left.` }
    : { name: "tls", result: "ok", found };
};

type Handshake =
  | { ok: true; protocol: string; validTo: EpochMs }
  | { ok: false; reason: string; advice: string | undefined };

const handshake = (url: URL): Promise<Handshake> =>
  new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const socket: TLSSocket = connect(
      { host, port: Number(url.port || 443), servername: /^[\d.:]+$/.test(host) ? "" : host, timeout: TIMEOUT_MS },
      () => {
        resolve({
          ok: true,
          protocol: socket.getProtocol() ?? "TLS",
          validTo: Date.parse(socket.getPeerCertificate().valid_to),
        });
        socket.destroy();
      },
    );
    socket.on("timeout", () => socket.destroy(new Error("no answer in time")));
    socket.on("error", (cause) => {
      // Reported like a request that fails for the same reason.
      const error = new Error("failed", { cause });
      resolve({ ok: false, reason: reasonOf(error), advice: adviceOf(error) });
    });
  });

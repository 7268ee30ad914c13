import type { LicenseSecret } from "./license/secret.ts";
import type { Waits } from "./waits.ts";
import type { Clock } from "./wire/clock.ts";

export type LicenseKeeper = {
  /** The server's license. It is written soon. */
  offer(pem: string): void;
  /** The latest license that was offered. */
  current(): string | undefined;
  /** Writes what was offered, and looks again now and then, until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
};

/** Keeps the license Secret with the latest license of the server. */
export const createLicenseKeeper = (
  secret: LicenseSecret,
  { clock, waits, onLook }: { clock: Clock; waits: Waits; onLook: (nextMs: number) => void },
): LicenseKeeper => {
  let offered: string | undefined;
  let wakeUp: () => void = () => {};
  return {
    offer: (pem) => {
      offered = pem;
      wakeUp();
    },
    current: () => offered,
    run: async (signal) => {
      signal.addEventListener("abort", () => wakeUp(), { once: true });
      while (!signal.aborted) {
        const pem = offered;
        const isDone = pem === undefined || (await secret.keep(pem));
        // Offered while the Secret was written.
        if (offered !== pem) continue;
        const ms = isDone ? waits.licenseMs : waits.licenseRetryMs;
        onLook(ms);
        const woken = new AbortController();
        wakeUp = () => woken.abort();
        if (!signal.aborted) await clock.sleep(ms, woken.signal);
      }
    },
  };
};

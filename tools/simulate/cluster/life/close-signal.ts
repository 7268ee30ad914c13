import type { Clock } from "../../../../agent/wire/clock.ts";

/** Why a session is closed before its plan says so. */
export type Closing = { reason: string; message: string };

/** Lets others close a session, and lets its life sleep until that happens. */
export type CloseSignal = {
  /** The first call counts. */
  close(closing: Closing): void;
  closing(): Closing | undefined;
  /** Sleeps so long, or until the session is closed. */
  sleep(ms: number): Promise<void>;
};

export const createCloseSignal = (clock: Clock): CloseSignal => {
  const controller = new AbortController();
  let closing: Closing | undefined;
  return {
    close: (given) => {
      closing ??= given;
      controller.abort();
    },
    closing: () => closing,
    sleep: (ms) => clock.sleep(ms, controller.signal),
  };
};

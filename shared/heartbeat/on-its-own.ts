import type { Logger } from "../telemetry/logger.ts";

/** Work on many sessions, each on its own: a failure stops no other, and all failures make one line in the log. */
export type OnItsOwn = {
  /** Does the work for one session; undefined if it failed. */
  run<T>(sessionId: string, work: () => Promise<T>): Promise<T | undefined>;
  /** Logs how many failed, and the first of them. */
  report(log: Logger, message: string): void;
};

export const onItsOwn = (): OnItsOwn => {
  const failed: { sessionId: string; error: unknown }[] = [];
  return {
    async run(sessionId, work) {
      try {
        return await work();
      } catch (error) {
        failed.push({ sessionId, error });
        return undefined;
      }
    },
    report(log, message) {
      const [first] = failed;
      if (first !== undefined)
        log.warn(message, { sessions: failed.length, session_id: first.sessionId, error: first.error });
    },
  };
};

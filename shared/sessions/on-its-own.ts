import type { Logger } from "../telemetry/logger.ts";

/** Work on many sessions or operators, each on its own: a failure stops no other. */
export type OnItsOwn = {
  /** Does the work for one of them, by its id; undefined if it failed. */
  run<T>(id: string, work: () => Promise<T>): Promise<T | undefined>;
  /** Logs in one line how many failed, and the first of them. */
  report(log: Logger, message: string): void;
  /** Throws the first failure, if there is one. */
  throwFirst(): void;
};

export const onItsOwn = (): OnItsOwn => {
  const failed: { id: string; error: unknown }[] = [];
  return {
    async run(id, work) {
      try {
        return await work();
      } catch (error) {
        failed.push({ id, error });
        return undefined;
      }
    },
    report(log, message) {
      const [first] = failed;
      if (first !== undefined) log.warn(message, { failed: failed.length, first: first.id, error: first.error });
    },
    throwFirst() {
      const [first] = failed;
      if (first !== undefined) throw first.error;
    },
  };
};

import type { Log } from "./log.ts";
import { required } from "./sessions/texts.ts";

/** The license server takes no longer ones. */
const MAX_TEXT = 4_000;

/**
 * What goes wrong at present. Each trouble has a key, is reported when it begins and when it is over, and not in between. Its
 * text may change meanwhile.
 */
export type Troubles = {
  begin(key: string, text: string): void;
  over(key: string): void;
  /** Begins or ends a trouble: undefined means that there is none. */
  set(key: string, text: string | undefined): void;
  /** The texts of those that last. */
  current(): ReadonlyMap<string, string>;
};

/** `report` gets each text that people should read: the license server shows them as errors of this operator. */
export const createTroubles = (log: Log, report: (text: string) => void): Troubles => {
  const lasting = new Map<string, string>();
  const begin = (key: string, cause: string): void => {
    // A cause may have what another server or a user wrote.
    const text = required(cause, MAX_TEXT);
    const isNew = !lasting.has(key);
    lasting.set(key, text);
    if (!isNew) return;
    log.error(text, { trouble: key });
    report(text);
  };
  const over = (key: string): void => {
    const text = lasting.get(key);
    if (text === undefined) return;
    lasting.delete(key);
    log.info(`Over: ${text}`, { trouble: key });
    report(`Over: ${text}`);
  };
  return {
    begin,
    over,
    set: (key, text) => (text === undefined ? over(key) : begin(key, text)),
    current: () => lasting,
  };
};

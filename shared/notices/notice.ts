import type { NoticeKind } from "../contract/keys.ts";
import type { Notification } from "./notifier.ts";

/** A notice: sent once. */
export type Notice = {
  kind: NoticeKind;
  /** What the notice is about. The same subject has the same text, so it is sent once. */
  what: string;
  /** Stored with the mark that the notice was given; its event is made from it. */
  facts: Readonly<Record<string, string | number | boolean | null>>;
  /** The message to people; undefined where only the event goes out. */
  message: Notification | undefined;
};

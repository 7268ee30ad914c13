import type { NoticeKind } from "../contract/keys.ts";
import type { Notification } from "./notifier.ts";

/** Something to be told of once. */
export type Notice = {
  kind: NoticeKind;
  /** What it is about: the same thing has the same text, and is told of once. */
  what: string;
  /** What is kept with the note that it was told of, from which its event is made. */
  facts: Readonly<Record<string, string | number | boolean | null>>;
  /** What people are told; undefined where only the event goes out. */
  message: Notification | undefined;
};

import type { Exit } from "../exit.ts";

/** What was looked at, what was found, and what to do where that is not as it should be. */
export type Check = {
  name: string;
  result: "ok" | "warn" | "fail";
  found: string;
  advice?: string;
  exit?: Exit;
};

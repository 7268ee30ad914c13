import type { Exit } from "../exit.ts";

/** What was checked, what was found, and what to do about it. */
export type Check = {
  name: string;
  result: "ok" | "warn" | "fail";
  found: string;
  advice?: string;
  exit?: Exit;
};

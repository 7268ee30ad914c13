import { licensedModules } from "../../shared/contract/editions.ts";
import type { LicenseGetResponse } from "../../shared/contract/responses.ts";
import type { Formats } from "./format.ts";
import { DAY_MS } from "./period.ts";

export type LicenseTerms = LicenseGetResponse["license"];

export type LicenseAlert = { tone: "warn" | "bad"; text: string };

/** What every view says about a license that needs attention; undefined for a valid one. */
export const licenseAlert = (terms: LicenseTerms, formats: Formats): LicenseAlert | undefined => {
  const date = formats.date(terms.expire_at);
  switch (terms.status) {
    case "valid":
      return undefined;
    case "expiring":
      return {
        tone: "warn",
        text: `The license expires on ${date}, ${timeLeft(terms, formats)}. Renew it now.`,
      };
    case "expired":
      return {
        tone: "bad",
        text: `The license expired on ${date}. New sessions are blocked; running sessions continue.`,
      };
    case "not_yet_valid":
      return { tone: "bad", text: "The license is not valid yet. New sessions are blocked until it begins." };
  }
};

/** The terms of the license's edition, each with its name. A plain license has none. */
export const editionRows = (terms: LicenseTerms, { number, decimal }: Formats): [string, string][] => {
  const { edition, modules, max_operators: operators, max_requests_per_second: throughput } = terms;
  if (edition === undefined) return [];
  const limit = (max: number | null | undefined): string => {
    if (max === null || max === undefined) return "Unlimited";
    const shown = Number.isInteger(max) ? number(max) : decimal(max);
    return edition === "premium" ? `${shown} (not enforced)` : shown;
  };
  return [
    ["Edition", edition === "premium" ? "Premium" : "Community"],
    ["Modules", modules === null || modules === undefined ? "All" : licensedModules(modules).join(", ")],
    ["Operators", limit(operators)],
    ["Requests per second", limit(throughput)],
  ];
};

/** `in 12 days`, by the server's clock. */
export const timeLeft = ({ valid_seconds: seconds }: LicenseTerms, formats: Formats): string =>
  `in ${spanOf(1_000 * seconds, formats)}`;

/** `300 days ago`; `now` is in milliseconds since 1970. */
export const timeSince = ({ expire_at: end }: LicenseTerms, now: number, formats: Formats): string =>
  `${spanOf(Math.max(0, now - Date.parse(end)), formats)} ago`;

const spanOf = (ms: number, formats: Formats): string =>
  ms < DAY_MS ? formats.duration(ms / 1_000) : formats.count(Math.floor(ms / DAY_MS), "day");

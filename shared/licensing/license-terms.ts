import * as v from "valibot";
import type { TrackingMode } from "../contract/responses.ts";
import { type EditionTerms, readEdition } from "./edition.ts";

/** The extension with the terms. Its content octets are the ASCII of `/metalbear/license/info`. */
export const TERMS_OID = "1.7.109.101.116.97.108.98.101.97.114.47.108.105.99.101.110.115.101.47.105.110.102.111";

/** What a license grants. `maxSeats` null is unlimited. */
export type LicenseTerms = {
  /** `teams` or `enterprise`. Another type is kept, because a future type is no reason to refuse a license. */
  type: string;
  maxSeats: number | null;
  subscriptionId: string | null;
  organizationId: string | null;
  trial: boolean;
  version: string | number | null;
  instancedLicenseServer: boolean;
  trackingMode: TrackingMode;
  /** A semantic version, such as `3.120.0`. */
  minOperatorVersion: string | null;
  /** Absent: the license is plain. */
  edition?: EditionTerms;
};

export type TermsReading = { ok: true; terms: LicenseTerms } | { ok: false; faults: string[] };

/** Reads the JSON of a license's terms. Unknown fields are ignored. Returns every fault; none quotes a value. */
export const readLicenseTerms = (json: Uint8Array): TermsReading => {
  const value = parseJson(json);
  if (value === undefined) return { ok: false, faults: ["the terms are not a JSON object"] };
  const result = v.safeParse(Terms, value);
  const edition = readEdition(value);
  const faults = [...(result.success ? [] : result.issues.map(describe)), ...(edition.ok ? [] : edition.faults)];
  if (!result.success || !edition.ok) return { ok: false, faults };
  const terms = result.output;
  return {
    ok: true,
    terms: {
      type: terms.type,
      maxSeats: terms.max_seats,
      subscriptionId: terms.subscription_id,
      organizationId: terms.organization_id,
      trial: terms.trial,
      version: terms.version,
      instancedLicenseServer: terms.instanced_license_server,
      trackingMode: trackingMode(terms.seat_tracking_mode),
      minOperatorVersion: terms.min_operator_version,
      ...(edition.edition === undefined ? {} : { edition: edition.edition }),
    },
  };
};

const SEATS = "must be a whole number of at least 0, or null for unlimited";
const SEMVER = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

const textOrNull = v.nullish(v.string("must be a string or null"), null);
const flag = v.nullish(v.boolean("must be true or false"), false);

// Every check has its own message, because the library's messages quote the value.
const Terms = v.object(
  {
    type: v.pipe(v.string("must be a string"), v.nonEmpty("must not be empty")),
    // Required: files have null for unlimited, so a file without the field is damaged or has an unknown format. Reading it
    // as unlimited would give seats away, and reading it as zero would refuse every user without a reason.
    max_seats: v.nullable(v.pipe(v.number(SEATS), v.safeInteger(SEATS), v.minValue(0, SEATS))),
    subscription_id: textOrNull,
    organization_id: textOrNull,
    trial: flag,
    version: v.nullish(v.union([v.string(), v.number()], "must be a string, a number or null"), null),
    instanced_license_server: flag,
    seat_tracking_mode: textOrNull,
    min_operator_version: v.nullish(
      v.pipe(v.string("must be a string or null"), v.regex(SEMVER, "must be a version such as 3.120.0")),
      null,
    ),
  },
  "is missing",
);

const parseJson = (bytes: Uint8Array): object | undefined => {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const describe = (issue: v.InferIssue<typeof Terms>): string => `${v.getDotPath(issue)} ${issue.message}`;

/**
 * The spelling of the Kubernetes-user mode has varied, so any that names a Kubernetes user is accepted. An unknown mode
 * counts client certificates, as a file without a mode does: a new release of the vendor must not disable a paid license.
 */
const trackingMode = (text: string | null): TrackingMode => {
  const letters = (text ?? "").toLowerCase().replace(/[^a-z0-9]/g, "");
  return /k8s|kube/.test(letters) && letters.includes("user") ? "KubernetesUser" : "ClientCertificate";
};

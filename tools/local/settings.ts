import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { EnvName } from "../../shared/contract/env.ts";
import { FUNCTIONS } from "../../shared/contract/functions.ts";
import { type Env, parseEnv } from "../../shared/contract/parse-env.ts";
import { readReservations } from "../../shared/contract/reservations.ts";
import type { EpochMs } from "../../shared/contract/time.ts";
import { trustAnchorFault } from "../../shared/contract/trust-anchor.ts";
import { type LicenseFile, readLicenseFile, type Trust } from "../../shared/licensing/license-file.ts";
import { readTrustAnchors } from "../../shared/licensing/trust.ts";
import { patternFault } from "../../shared/patterns/regular-expression.ts";
import { readUtf8, unreadable } from "../input/utf8.ts";
import { type EnvReader, envReader } from "./env-reader.ts";
import { DEFAULT_DATA_DIR } from "./server-note.ts";

export type Settings = {
  address: string;
  port: number;
  /** "" or a path that starts with a slash and ends without one. */
  basePath: string;
  tls: { certPath: string; cert: string; key: string } | undefined;
  dataDir: string;
  /** Undefined: the embedded engine. */
  dynamodbEndpoint: string | undefined;
  tableName: string;
  /** Undefined: a demo license. */
  license: { path: string; file: LicenseFile } | undefined;
  /** Undefined: one is generated. */
  licenseKey: string | undefined;
  /** Variables that the functions get unchanged. */
  passedOn: Partial<Record<EnvName, string>>;
};

export type SettingsReading = { ok: true; settings: Settings } | { ok: false; problems: string[] };

/** Reads the local server's environment and the files that it names. Returns all faults at once, a line each. */
export const readSettings = (env: NodeJS.ProcessEnv, now: EpochMs = Date.now()): SettingsReading => {
  const reader = envReader(env);
  const trustAnchor = readTrustAnchor(reader);
  const settings: Settings = {
    address: reader.text("ADDRESS") ?? "127.0.0.1",
    port: reader.integer("PORT", 0, 65_535) ?? 8080,
    basePath: readBasePath(reader),
    tls: readTls(reader),
    dataDir: resolve(reader.text("DATA_DIR") ?? DEFAULT_DATA_DIR),
    dynamodbEndpoint: readEndpoint(reader),
    tableName:
      reader.matching("TABLE_NAME", /^[\w.-]{3,255}$/, "3 to 255 characters of A-Z a-z 0-9 _ . -") ?? "license-server",
    license: readLicense(
      reader,
      trustAnchor === undefined ? undefined : { anchors: readTrustAnchors(trustAnchor), now },
    ),
    licenseKey: readLicenseKey(reader, "LICENSE_KEY"),
    passedOn: {
      ...readPassedOn(reader),
      ...readPreviousKey(reader),
      ...(trustAnchor === undefined ? {} : { LICENSE_TRUST_ANCHOR: trustAnchor }),
    },
  };
  return reader.problems.length === 0 ? { ok: true, settings } : { ok: false, problems: reader.problems };
};

const readBasePath = (reader: EnvReader): string => {
  const expectation = "a path like /prefix, without a slash at its end";
  const value = reader.matching("BASE_PATH", /^(\/|(\/[\w.~-]+)+)$/, expectation);
  return value === undefined || value === "/" ? "" : value;
};

const readTls = (reader: EnvReader): Settings["tls"] => {
  const certPath = reader.text("TLS_CERT_PATH");
  const keyPath = reader.text("TLS_KEY_PATH");
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined || keyPath === undefined) {
    reader.problems.push("TLS_CERT_PATH and TLS_KEY_PATH must be set together");
    return undefined;
  }
  const cert = readFile(reader, "TLS_CERT_PATH", certPath);
  const key = readFile(reader, "TLS_KEY_PATH", keyPath);
  if (cert === undefined || key === undefined) return undefined;
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    reader.problems.push(
      `TLS_CERT_PATH and TLS_KEY_PATH are not a matching certificate and key in PEM: ${textOf(error)}`,
    );
    return undefined;
  }
  return { certPath: resolve(certPath), cert, key };
};

const readEndpoint = (reader: EnvReader): string | undefined => {
  const value = reader.text("DYNAMODB_ENDPOINT");
  if (value === undefined || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))) return value;
  reader.problems.push(`DYNAMODB_ENDPOINT must be a URL like http://127.0.0.1:8000, not ${JSON.stringify(value)}`);
  return undefined;
};

// The functions get the text, whether it is in the variable or in a file.
const readTrustAnchor = (reader: EnvReader): string | undefined => {
  const path = reader.text("LICENSE_TRUST_ANCHOR_PATH");
  const name = path === undefined ? "LICENSE_TRUST_ANCHOR" : "LICENSE_TRUST_ANCHOR_PATH";
  const pem = path === undefined ? reader.text(name) : readFile(reader, name, path);
  if (pem === undefined) return undefined;
  const faults = [
    trustAnchorFault(pem),
    path !== undefined && reader.text("LICENSE_TRUST_ANCHOR") !== undefined
      ? "and LICENSE_TRUST_ANCHOR must not be set together"
      : undefined,
    reader.text("LICENSE_PATH") === undefined ? "needs LICENSE_PATH: the demo license has no authority" : undefined,
  ].filter((fault) => fault !== undefined);
  reader.problems.push(...faults.map((fault) => `${name} ${fault}`));
  return faults.length === 0 ? pem : undefined;
};

const readLicense = (reader: EnvReader, trust: Trust | undefined): Settings["license"] => {
  const path = reader.text("LICENSE_PATH");
  if (path === undefined) return undefined;
  const pem = readFile(reader, "LICENSE_PATH", path);
  if (pem === undefined) return undefined;
  const reading = readLicenseFile(pem, trust);
  if (reading.ok) return { path: resolve(path), file: reading.license };
  reader.problems.push(`LICENSE_PATH: ${path} is not a license: ${reading.reason}`);
  return undefined;
};

// It is sent in a header, so it must have only characters that a header keeps (RFC 9110, section 5.5).
const readLicenseKey = (reader: EnvReader, name: "LICENSE_KEY" | "LICENSE_KEY_PREVIOUS"): string | undefined => {
  const key = reader.text(name);
  if (key === undefined || /^[!-~]([ -~]*[!-~])?$/.test(key)) return key;
  reader.problems.push(`${name} must be printable ASCII without spaces around it, because it is sent in a header`);
  return undefined;
};

const readPreviousKey = (reader: EnvReader): Settings["passedOn"] => {
  const key = readLicenseKey(reader, "LICENSE_KEY_PREVIOUS");
  return key === undefined ? {} : { LICENSE_KEY_PREVIOUS: key };
};

const PASSED_ON = [
  "TOKEN_ISSUER",
  "SEATS_ALLOW_OVERAGES",
  "SEATS_ANCHOR_DAY",
  "SEATS_MODE",
  "SEATS_GRACE_MINUTES",
  "SEATS_IDLE_DAYS",
  "SEATS_RESERVATIONS",
  "SEATS_LOST_MINUTES",
  "RETENTION_SESSIONS_DAYS",
  "RETENTION_OPERATOR_ERRORS_DAYS",
  "LEASE_SECONDS",
  "HEARTBEAT_INTERVAL_SECONDS",
  "OPERATOR_LOST_SECONDS",
  "REPORT_SCHEDULE",
  "REPORT_TIME_ZONE",
  "DASHBOARD_ENABLED",
  "METRICS_PER_USER",
  "PSEUDONYMS_ONLY",
  "DISPLAY_NAME_STRIP",
  "ADMIN_BY_LICENSE_KEY",
  "LOG_LEVEL",
] as const satisfies EnvName[];

const readPassedOn = (reader: EnvReader): Settings["passedOn"] => {
  const passedOn: Settings["passedOn"] = {};
  for (const name of PASSED_ON) {
    const value = reader.text(name);
    if (value === undefined) continue;
    passedOn[name] = value;
    const fault = faultOf({ [name]: value });
    if (fault !== undefined) reader.problems.push(fault);
    const reserved = name === "SEATS_RESERVATIONS" ? readReservations(value) : undefined;
    if (reserved?.ok === false) reader.problems.push(...reserved.faults);
    const unfit = name === "DISPLAY_NAME_STRIP" ? patternFault(value) : undefined;
    if (unfit !== undefined) reader.problems.push(`${name} ${unfit}`);
  }
  if (faultOf(passedOn) === undefined) reader.problems.push(...contradictions(parseEnv(passedOn, FUNCTIONS.public)));
  return passedOn;
};

/** What a deployment refuses, too: values that are right alone, and wrong together. */
const contradictions = (env: Env): string[] => [
  ...(env.OPERATOR_LOST_SECONDS <= Math.max(env.LEASE_SECONDS, 3 * env.HEARTBEAT_INTERVAL_SECONDS)
    ? ["OPERATOR_LOST_SECONDS must be longer than LEASE_SECONDS and than three times HEARTBEAT_INTERVAL_SECONDS"]
    : []),
  ...(env.SEATS_MODE === "floating" && env.SEATS_IDLE_DAYS !== undefined
    ? ["SEATS_IDLE_DAYS belongs to SEATS_MODE=period: a floating seat is free after SEATS_GRACE_MINUTES"]
    : []),
  ...(env.SEATS_MODE === "floating" && env.SEATS_LOST_MINUTES * 60 <= 3 * env.HEARTBEAT_INTERVAL_SECONDS
    ? ["SEATS_LOST_MINUTES must be longer than three times HEARTBEAT_INTERVAL_SECONDS"]
    : []),
];

const PARSER_PREFIX = "the environment is not usable: ";

// The faults that the functions' own parser finds, for a function that needs no other variables.
const faultOf = (env: Settings["passedOn"]): string | undefined => {
  try {
    parseEnv(env, FUNCTIONS.public);
    return undefined;
  } catch (error) {
    if (textOf(error).startsWith(PARSER_PREFIX)) return textOf(error).slice(PARSER_PREFIX.length);
    throw error;
  }
};

const readFile = (reader: EnvReader, name: string, path: string): string | undefined => {
  try {
    return readUtf8(path);
  } catch (error) {
    reader.problems.push(`${name}: ${unreadable(path, error)}`);
    return undefined;
  }
};

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

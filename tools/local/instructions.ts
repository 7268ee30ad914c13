import { resolve } from "node:path";
import { DAY_MS, formatTime, SECOND_MS } from "../../shared/contract/time.ts";
import type { LicenseFile } from "../../shared/licensing/license-file.ts";
import { ENOUGH_KEY_BITS, keyStrengthBits } from "./key-strength.ts";
import { DEFAULT_DATA_DIR } from "./server-note.ts";
import { shellWord } from "./shell-word.ts";

export type ServerFacts = {
  url: string;
  license: LicenseFile;
  /** Whether the license is the minted one. */
  demo: boolean;
  licenseKey: string;
  /** Whether the user chose the key. A chosen key is not printed. */
  keyChosen: boolean;
  tlsCertPath: string | undefined;
  /** Where the data is, in words. */
  data: string;
  dataDir: string;
  dashboard: boolean;
};

/** What the server prints when it is ready: its address, license and data, and lines to paste. */
export const instructions = (facts: ServerFacts, nowMs: number): string =>
  [
    `mirrord license server at ${facts.url}`,
    "",
    `  license  ${describeLicense(facts, nowMs)}`,
    `  data     ${facts.data}`,
    ...warnings(facts, nowMs).map((warning) => `  WARNING  ${warning}`),
    "",
    "Try it:",
    "",
    ...pasteLines(facts, nowMs).map((line) => `  ${line}`),
    "",
    "In another terminal, from this folder:",
    "",
    ...commandLines(facts).map((line) => `  ${line}`),
    "",
    "In an operator's Helm values:",
    "",
    "  license:",
    `    licenseServer: ${facts.url}`,
    `    key: ${facts.keyChosen ? "<your LICENSE_KEY>" : facts.licenseKey}`,
    "",
  ].join("\n");

const describeLicense = ({ license, demo }: ServerFacts, nowMs: number): string => {
  const seats = license.terms.maxSeats === null ? "unlimited seats" : `${license.terms.maxSeats} seats`;
  const end = license.expiresAt <= nowMs ? "expired on" : "valid until";
  const text = `${license.name} (${license.terms.type}, ${seats}), ${end} ${formatTime(license.expiresAt).slice(0, 10)}`;
  return demo ? `${text}; a demo license` : text;
};

const warnings = ({ license, licenseKey, keyChosen, demo }: ServerFacts, nowMs: number): string[] => [
  ...(license.expiresAt <= nowMs ? [expiredWarning(license.expiresAt, nowMs)] : []),
  ...(license.issuedAt > nowMs
    ? [`The license begins on ${formatTime(license.issuedAt)}. New sessions are refused until then.`]
    : []),
  ...(demo || license.trustedUntil !== undefined
    ? []
    : ["Without a trust anchor the license's signature is not verified: see LICENSE_TRUST_ANCHOR_PATH."]),
  ...(keyChosen && keyStrengthBits(licenseKey) < ENOUGH_KEY_BITS
    ? ["LICENSE_KEY has little entropy and may be guessed. To make a good one: openssl rand -base64 32"]
    : []),
];

const expiredWarning = (expiresAt: number, nowMs: number): string => {
  const days = Math.floor((nowMs - expiresAt) / DAY_MS);
  const since = days === 0 ? "today" : `${days} day${days === 1 ? "" : "s"} ago`;
  return `The license expired ${since}. New sessions are refused; running sessions continue.`;
};

const pasteLines = (facts: ServerFacts, nowMs: number): string[] => {
  const curl = facts.tlsCertPath === undefined ? "curl -sS" : `curl -sS --cacert ${shellWord(facts.tlsCertPath)}`;
  const keyed = `${curl} -H "x-license-key: $LICENSE_KEY"`;
  const json = "-H 'content-type: application/json' -d";
  const url = (path: string) => shellWord(`${facts.url}${path}`);
  const start = exampleStart(nowMs);
  const end = `"{\\"ended_at\\":\\"$(date -u +%FT%TZ)\\"}"`;
  return [
    // A chosen key is not shown. The line keeps the one that the shell has, or fails where it has none.
    `export LICENSE_KEY=${facts.keyChosen ? `"\${LICENSE_KEY:?must be the key that this server was started with}"` : facts.licenseKey}`,
    `${curl} ${url("/health")}`,
    `${keyed} ${url("/api/v1/license")}`,
    `${keyed} -H 'accept: application/x-pem-file' ${url("/api/v1/license")}`,
    `${keyed} ${json} ${shellWord(JSON.stringify(EXAMPLE_OPERATOR))} ${url("/api/v1/license")}`,
    `${keyed} ${json} ${shellWord(JSON.stringify(start))} ${url("/api/v1/sessions")}`,
    `${keyed} ${json} ${end} ${url(`/api/v1/sessions/${start.session_id}/end`)}`,
    `${keyed} --output report.xlsx ${url("/api/v1/reports/usage?format=xlsx")}`,
    `${keyed} ${url("/metrics")}`,
  ];
};

// The CLI finds the folder `.data` automatically, and in it the address of the server.
const commandLines = ({ url, tlsCertPath, dataDir, dashboard }: ServerFacts): string[] => {
  const trust = tlsCertPath === undefined ? "" : `NODE_EXTRA_CA_CERTS=${shellWord(tlsCertPath)} `;
  const folder = dataDir === resolve(DEFAULT_DATA_DIR) ? "" : ` --data-dir ${shellWord(dataDir)}`;
  return [
    `${trust}npx license-server status${folder}`,
    ...(dashboard
      ? [`${trust}npx license-server dashboard --admin${folder}   # a link that signs you in at ${url}/dashboard`]
      : []),
  ];
};

const EXAMPLE_OPERATOR = { instance_id: "demo-operator-1", operator_version: "3.187.0", cluster_name: "demo" };

const exampleStart = (nowMs: number) => ({
  session_id: "demo-session-1",
  instance_id: EXAMPLE_OPERATOR.instance_id,
  // In whole seconds, like the `date` of the end: pasted at once, the end must not be before the start.
  started_at: formatTime(nowMs - (nowMs % SECOND_MS)),
  client: { id: "demo-machine-1", hostname: "laptop", username: "ada", kubernetes_username: "ada@example.com" },
  target: { namespace: "default", kind: "deployment", name: "shop" },
});

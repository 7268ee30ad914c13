import { resolve } from "node:path";
import { formatTime, SECOND_MS } from "../../shared/contract/time.ts";
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
  /** Whether its user chose the key. A chosen key is not printed. */
  keyChosen: boolean;
  tlsCertPath: string | undefined;
  /** Where the data is, in words. */
  data: string;
  dataDir: string;
  dashboard: boolean;
};

/** What the server says once it is ready: where it is, what it runs on, and lines to paste. */
export const instructions = (facts: ServerFacts, nowMs: number): string =>
  [
    `mirrord license server at ${facts.url}`,
    "",
    `  license  ${describeLicense(facts)}`,
    `  data     ${facts.data}`,
    ...warnings(facts, nowMs).map((warning) => `  note     ${warning}`),
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

const describeLicense = ({ license, demo }: ServerFacts): string => {
  const seats = license.terms.maxSeats === null ? "unlimited seats" : `${license.terms.maxSeats} seats`;
  const text = `${license.name} (${license.terms.type}, ${seats}, until ${formatTime(license.expiresAt).slice(0, 10)})`;
  return demo ? `${text}, minted for this demo` : text;
};

const warnings = ({ license, licenseKey, keyChosen, demo }: ServerFacts, nowMs: number): string[] => [
  ...(license.expiresAt <= nowMs ? ["the license has expired: no new session starts until there is another one"] : []),
  ...(license.issuedAt > nowMs
    ? [`the license is not in force before ${formatTime(license.issuedAt)}: no session starts until then`]
    : []),
  ...(demo || license.trustedUntil !== undefined
    ? []
    : ["no trust anchor is configured: the license was parsed, its signature not verified"]),
  ...(keyChosen && keyStrengthBits(licenseKey) < ENOUGH_KEY_BITS
    ? ["LICENSE_KEY has little entropy and may be guessed; `openssl rand -base64 32` makes a good one"]
    : []),
];

const pasteLines = (facts: ServerFacts, nowMs: number): string[] => {
  const curl = facts.tlsCertPath === undefined ? "curl -sS" : `curl -sS --cacert ${shellWord(facts.tlsCertPath)}`;
  const keyed = `${curl} -H "x-license-key: $LICENSE_KEY"`;
  const json = "-H 'content-type: application/json' -d";
  const url = (path: string) => shellWord(`${facts.url}${path}`);
  const start = exampleStart(nowMs);
  const end = `"{\\"ended_at\\":\\"$(date -u +%FT%TZ)\\"}"`;
  return [
    // A chosen key is not shown: what this shell has of it stays, and where it has none, the line says so.
    `export LICENSE_KEY=${facts.keyChosen ? `"\${LICENSE_KEY:?is to be the one this server was started with}"` : facts.licenseKey}`,
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

// The command line finds the folder `.data` by itself, and in it where the server is.
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
  // In whole seconds, as `date` writes the end: pasted at once, it must not come out before the start.
  started_at: formatTime(nowMs - (nowMs % SECOND_MS)),
  client: { id: "demo-machine-1", hostname: "laptop", username: "ada", kubernetes_username: "ada@example.com" },
  target: { namespace: "default", kind: "deployment", name: "shop" },
});

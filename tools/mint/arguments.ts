import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { EDITIONS } from "../../shared/contract/editions.ts";
import { DAY_MS, type EpochMs, parseTime } from "../../shared/contract/time.ts";
import { type OptionHelp, optionLines } from "../input/help.ts";
import { argumentFaults } from "../input/utf8.ts";
import { type MintOptions, mintTerms } from "./mint.ts";

export type MintCommand = {
  license: Omit<MintOptions, "serialNumber">;
  out: string;
  caOut: string | undefined;
  force: boolean;
};

export type Parsed = { kind: "help" } | { kind: "mint"; command: MintCommand } | { kind: "bad"; faults: string[] };

const TERMS: readonly OptionHelp[] = [
  ["--organization NAME", "the organization (required)"],
  ["--name TEXT", "the license's name (default: NAME`s Enterprise License)"],
  [
    "--type teams|enterprise",
    "teams refuses users beyond its seats, enterprise admits and counts them (default teams)",
  ],
  ["--seats N|unlimited", "how many seats it has (default 10)"],
  ["--tracking MODE", "what holds a seat: ClientCertificate (default) or KubernetesUser"],
  ["--subscription-id ID", "the subscription; a license of another one begins with empty seats (default none)"],
  ["--organization-id ID", "the vendor's id of the organization (default none)"],
  ["--min-operator-version V", "refuse older operators, such as 3.120.0 (default none)"],
  ["--trial", "mark it as a trial"],
  [
    "--edition community|premium",
    "give it an edition; without one, the next three terms are not allowed (default none)",
  ],
  ["--modules A,B|all", "the licensed modules, such as governance; base is part of every license (default all)"],
  ["--max-operators N|unlimited", "how many installations may hold a lease (default unlimited)"],
  ["--max-requests-per-second N|unlimited", "the licensed throughput of all installations (default unlimited)"],
];

const VALIDITY: readonly OptionHelp[] = [
  ["--days N", "how many days it is valid (default 365)"],
  ["--from TIME", "when it begins: 2026-11-20, or 2026-11-20T08:00:00Z (default now)"],
];

const FILES: readonly OptionHelp[] = [
  ["--out FILE", "where to write it (default license.pem)"],
  ["--ca-out FILE", "where to write the authority's certificate (default nowhere)"],
  ["--with-key", "put a private key block before the license, as some of the vendor's files have"],
  ["--with-intermediate", "add an intermediate authority, whose certificate follows the license"],
  ["--with-chain", "put the certificates of all authorities after the license"],
  ["--force", "overwrite existing files"],
];

const EXAMPLES: readonly OptionHelp[] = [
  ["expired", "npm run mint -- --organization Acme --from 2026-01-01 --days 30"],
  ["a single seat", "npm run mint -- --organization Acme --seats 1 --force"],
  ["to verify", "npm run mint -- --organization Acme --ca-out ca.pem --force"],
  ["", "LICENSE_PATH=license.pem LICENSE_TRUST_ANCHOR_PATH=ca.pem npm start"],
];

export const HELP = `Mints a license file in the vendor's format, for tests and demos.

  npm run mint -- --organization Acme [options]

A new authority signs it and is then discarded. This server reads the license; a stock operator refuses it. Treat the file
as a secret, like a real one: only you can read it.

Terms
${optionLines(TERMS)}

Validity
${optionLines(VALIDITY)}

Files
${optionLines(FILES)}

Examples
${optionLines(EXAMPLES)}
`;

/** Reads the command line. All faults are reported at once. */
export const parseMintArguments = (args: string[], now: EpochMs): Parsed => {
  const { faults, values, flags } = readOptions(args);
  faults.push(...argumentFaults(args));
  if (flags.has("help")) return { kind: "help" };
  const value = <T>(option: TextOption, read: (text: string) => T | undefined, must: string, absent: T): T => {
    const text = values.get(option);
    const result = text === undefined ? absent : read(text);
    if (result === undefined && text !== undefined) faults.push(`--${option} must be ${must}`);
    return result ?? absent;
  };

  const organization = value("organization", line, "text on one line", "");
  if (!values.has("organization") && !faults.some((fault) => fault.startsWith("--organization")))
    faults.push("--organization is missing");
  const name = value("name", line, "text on one line", undefined);
  const terms = mintTerms({
    type: value("type", oneOf("teams", "enterprise"), "teams or enterprise", "teams"),
    max_seats: value("seats", seats, "a whole number of at least 0, or unlimited", { max: 10 }).max,
    seat_tracking_mode: value(
      "tracking",
      oneOf("ClientCertificate", "KubernetesUser"),
      "ClientCertificate or KubernetesUser",
      "ClientCertificate",
    ),
    subscription_id: value("subscription-id", line, "text on one line", null),
    organization_id: value("organization-id", line, "text on one line", null),
    trial: flags.has("trial"),
    min_operator_version: value("min-operator-version", version, "a version such as 3.120.0", undefined),
    edition: value("edition", oneOf(...EDITIONS), "community or premium", undefined),
    modules: value("modules", modules, "names separated by commas, or all", { names: undefined }).names,
    max_operators: value("max-operators", seats, "a whole number of at least 0, or unlimited", NO_MAX).max,
    max_requests_per_second: value("max-requests-per-second", perSecond, "a number above 0, or unlimited", NO_MAX).max,
  });
  if (!values.has("edition"))
    faults.push(
      ...EDITION_OPTIONS.filter((option) => values.has(option)).map((option) => `--${option} needs --edition`),
    );
  const days = value("days", wholeDays, "a whole number from 1 to 36500", 365);
  const notBefore = value("from", time, "a time such as 2026-11-20 or 2026-11-20T08:00:00Z", now);
  const out = value("out", line, "a file name", "license.pem");
  const caOut = value("ca-out", line, "a file name", undefined);
  if (caOut !== undefined && resolve(out) === resolve(caOut)) faults.push("--out and --ca-out must be two files");
  if (faults.length > 0) return { kind: "bad", faults };

  const license = {
    organization,
    ...(name === undefined ? {} : { name }),
    terms,
    notBefore,
    notAfter: notBefore + days * DAY_MS,
    withPrivateKey: flags.has("with-key"),
    withIntermediate: flags.has("with-intermediate"),
    withChain: flags.has("with-chain"),
  };
  return { kind: "mint", command: { license, out, caOut, force: flags.has("force") } };
};

const TEXT_OPTIONS = [
  "organization",
  "name",
  "type",
  "seats",
  "tracking",
  "subscription-id",
  "organization-id",
  "min-operator-version",
  "edition",
  "modules",
  "max-operators",
  "max-requests-per-second",
  "days",
  "from",
  "out",
  "ca-out",
] as const;
type TextOption = (typeof TEXT_OPTIONS)[number];

const EDITION_OPTIONS = ["modules", "max-operators", "max-requests-per-second"] as const satisfies TextOption[];

// Without the option, the file has no such term.
const NO_MAX: { max: number | null | undefined } = { max: undefined };

const FLAGS = ["trial", "with-key", "with-intermediate", "with-chain", "force", "help"] as const;
type Flag = (typeof FLAGS)[number];

/** The names of all options, without their dashes. */
export const OPTION_NAMES = [...TEXT_OPTIONS, ...FLAGS];

type Options = { faults: string[]; values: Map<TextOption, string>; flags: Set<Flag> };

/**
 * Sorts the arguments. In its strict mode `parseArgs` stops at the first fault, and an option without a value swallows the
 * option after it. So it only splits the line into tokens here. A value is the single word after its option.
 */
const readOptions = (args: string[]): Options => {
  const { tokens } = parseArgs({ args, strict: false, allowPositionals: true, tokens: true });
  const found: Options = { faults: [], values: new Map(), flags: new Set() };
  let waiting: TextOption | undefined;
  const settle = (value: string | undefined): void => {
    if (waiting !== undefined) keep(found, waiting, value);
    waiting = undefined;
  };
  for (const token of tokens) {
    if (token.kind === "positional" && waiting !== undefined) {
      settle(token.value);
      continue;
    }
    settle(undefined);
    if (token.kind === "positional") found.faults.push(`"${token.value}" does not belong to an option`);
    if (token.kind !== "option") continue;
    const text = TEXT_OPTIONS.find((option) => option === token.name);
    const flag = FLAGS.find((option) => option === token.name);
    if (text !== undefined && token.value !== undefined) keep(found, text, token.value);
    else if (text !== undefined) waiting = text;
    else if (flag === undefined) found.faults.push(`${token.rawName} is not an option`);
    else if (token.value !== undefined) found.faults.push(`--${flag} has no value`);
    else found.flags.add(flag);
  }
  settle(undefined);
  return found;
};

const keep = ({ faults, values }: Options, option: TextOption, value: string | undefined): void => {
  if (value === undefined) faults.push(`--${option} needs a value`);
  else if (values.has(option)) faults.push(`--${option} is given twice`);
  else values.set(option, value);
};

const line = (text: string): string | undefined => (/^[^\p{Cc}]*\S[^\p{Cc}]*$/u.test(text) ? text : undefined);

const oneOf =
  <T extends string>(...choices: T[]) =>
  (text: string): T | undefined =>
    choices.find((choice) => choice === text);

const seats = (text: string): { max: number | null } | undefined => {
  if (text === "unlimited") return { max: null };
  return /^\d{1,9}$/.test(text) ? { max: Number(text) } : undefined;
};

const perSecond = (text: string): { max: number | null } | undefined => {
  if (text === "unlimited") return { max: null };
  return /^\d{1,9}(?:\.\d{1,6})?$/.test(text) && Number(text) > 0 ? { max: Number(text) } : undefined;
};

const modules = (text: string): { names: string[] | null | undefined } | undefined => {
  if (text === "all") return { names: null };
  const names = text.split(",");
  return names.every((name) => /^[a-z-]+$/.test(name)) ? { names } : undefined;
};

const version = (text: string): string | undefined => (/^\d+\.\d+\.\d+(?:[-+].+)?$/.test(text) ? text : undefined);

const wholeDays = (text: string): number | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 36_500 ? Number(text) : undefined;

const time = (text: string): EpochMs | undefined =>
  parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);

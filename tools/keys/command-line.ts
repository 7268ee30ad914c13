import { parseArgs } from "node:util";
import { HOUR_MS } from "../../shared/contract/time.ts";
import { argumentFaults } from "../input/utf8.ts";

export type SigningPurpose = "lease" | "access";

/** Where a secret is stored. */
export type Place = { kind: "file"; path: string } | { kind: "secret"; id: string };

export type KeysCommand =
  | { do: "rotate-signing"; purpose: SigningPurpose; place: Place; tokenMs: number; force: boolean }
  | { do: "rotate-license-key"; secretId: string; graceMs: number; force: boolean }
  | { do: "finish-license-key"; secretId: string };

export type CommandLine = { kind: "help" } | { kind: "bad"; faults: string[] } | { kind: "run"; command: KeysCommand };

export const HELP = `Rotates the keys of the license server. No key is ever printed.

  npm run keys -- rotate-signing --purpose lease|access (--secret-id ARN | --file PATH) [--token-hours N] [--force]
      Adds a new signing key. It is published at once and signs after 5 minutes. Older keys verify until the last token
      that they can have signed has expired; --token-hours is the lifetime of a token (lease 24, access 8784).

  npm run keys -- rotate-license-key --secret-id ARN [--grace-hours N] [--force]
      Stores a new random license key. The previous one stays valid for --grace-hours (24, as deployed).

  npm run keys -- finish-license-key --secret-id ARN
      Ends that time now. Within 60 seconds only the current license key is accepted.

--force rotates even if the last rotation is not complete.
`;

/** Reads the arguments. */
export const parseKeysArguments = (args: readonly string[]): CommandLine => {
  const damaged = argumentFaults(args);
  if (damaged.length > 0) return { kind: "bad", faults: damaged };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    if (values.help === true) return { kind: "help" };
    const [name = "", ...more] = positionals;
    const read = more.length === 0 && Object.hasOwn(COMMANDS, name) ? COMMANDS[name as Action] : undefined;
    if (read === undefined) return { kind: "bad", faults: [`Use one of ${Object.keys(COMMANDS).join(", ")}.`] };
    return withoutFaults(read, values);
  } catch (error) {
    // The messages of parseArgs about unknown options and missing values are written for users.
    return { kind: "bad", faults: [(error as Error).message] };
  }
};

const OPTIONS = {
  purpose: { type: "string" },
  file: { type: "string" },
  "secret-id": { type: "string" },
  "token-hours": { type: "string" },
  "grace-hours": { type: "string" },
  force: { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Action = KeysCommand["do"];
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];
type Option = Exclude<keyof Values, "help">;

/** Reads the options of one command and collects their faults. */
type Reader = {
  text(option: Exclude<Option, "force">): string | undefined;
  required(option: Exclude<Option, "force">): string;
  milliseconds(option: "token-hours" | "grace-hours", absentHours: number): number;
  force(): boolean;
  fault(fault: string): void;
};

const TOKEN_HOURS: Record<SigningPurpose, number> = { lease: 24, access: 366 * 24 };
const GRACE_HOURS = 24;

const COMMANDS: Record<Action, (reader: Reader) => KeysCommand> = {
  "rotate-signing": (reader) => {
    const purpose = reader.required("purpose");
    const known = purpose === "access" ? purpose : "lease";
    if (purpose !== "" && purpose !== known) reader.fault("--purpose must be lease or access.");
    return {
      do: "rotate-signing",
      purpose: known,
      place: placeIn(reader),
      tokenMs: reader.milliseconds("token-hours", TOKEN_HOURS[known]),
      force: reader.force(),
    };
  },
  "rotate-license-key": (reader) => ({
    do: "rotate-license-key",
    secretId: reader.required("secret-id"),
    graceMs: reader.milliseconds("grace-hours", GRACE_HOURS),
    force: reader.force(),
  }),
  "finish-license-key": (reader) => ({ do: "finish-license-key", secretId: reader.required("secret-id") }),
};

const placeIn = (reader: Reader): Place => {
  const [path, id] = [reader.text("file"), reader.text("secret-id")];
  if ((path === undefined) === (id === undefined)) reader.fault("Use either --secret-id or --file.");
  return path === undefined ? { kind: "secret", id: id ?? "" } : { kind: "file", path };
};

const withoutFaults = (read: (reader: Reader) => KeysCommand, values: Values): CommandLine => {
  const faults: string[] = [];
  const taken = new Set<string>();
  const text: Reader["text"] = (option) => {
    taken.add(option);
    return values[option];
  };
  const command = read({
    text,
    fault: (fault) => void faults.push(fault),
    required: (option) => {
      const value = text(option) ?? "";
      if (value === "") faults.push(`--${option} is missing.`);
      return value;
    },
    milliseconds: (option, absentHours) => {
      const hours = text(option) ?? String(absentHours);
      if (!/^\d{1,5}$/.test(hours)) faults.push(`--${option} must be a whole number of hours.`);
      return Number(hours) * HOUR_MS;
    },
    force: () => {
      taken.add("force");
      return values.force === true;
    },
  });
  faults.push(
    ...Object.keys(values).flatMap((option) =>
      taken.has(option) ? [] : [`--${option} is not an option of this command.`],
    ),
  );
  return faults.length > 0 ? { kind: "bad", faults } : { kind: "run", command };
};

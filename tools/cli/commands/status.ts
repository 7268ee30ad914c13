import type { Command } from "commander";
import type {
  LicenseGetResponse,
  OperatorListResponse,
  SessionListResponse,
} from "../../../shared/contract/responses.ts";
import { type Call, type Define, examples } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";
import type { Paint } from "../style.ts";
import { count, day, longAgo, safe } from "../text.ts";
import { withoutPem } from "./license-shown.ts";
import { seatLine } from "./seat.ts";
import { sessionTable } from "./session.ts";

/** `status`: license, seats, operators and sessions. If one part fails, the others are still shown. */
export const statusCommand = (program: Command, define: Define): void => {
  define(
    examples(
      program.command("status").description("show license, seats, operators and live sessions"),
      "license-server status --data-dir .data",
      "license-server status --profile prod -o yaml",
    ),
    async ({ connection: { api }, paint, print, note, progress }: Call<object>) => {
      const [license, seats, operators, sessions] = await Promise.all([
        part("license", api.license().then(withoutPem)),
        part("seats", api.seatSummary()),
        part("operators", api.operators()),
        part(
          "sessions",
          api.sessions({}, (so) => progress.report(`${count(so, "session")} …`)),
        ),
      ]);
      progress.done();
      const parts = [license, seats, operators, sessions];
      const failures = parts.flatMap((each) => (each.ok ? [] : [each]));
      const [first] = failures;
      if (first !== undefined && failures.length === parts.length) throw first.error;
      const wire = Object.fromEntries(parts.map((each) => [each.name, each.ok ? each.value : null]));
      print(wire, () =>
        [
          lineOf(license, (value) => licenseLine(value, paint)),
          lineOf(seats, seatLine),
          lineOf(operators, operatorLine),
          "",
          lineOf(sessions, sessionLines),
        ].join("\n"),
      );
      for (const { name, error } of failures)
        for (const line of [`${name}: ${error.lines[0]}`, ...error.lines.slice(1)]) note(line);
      if (first !== undefined)
        throw new CliError(first.error.exit, `${count(failures.length, "part")} of the status failed.`);
    },
  );
};

type Part<T> = { name: string; ok: true; value: T } | { name: string; ok: false; error: CliError };

const part = async <T>(name: string, value: Promise<T>): Promise<Part<T>> => {
  try {
    return { name, ok: true, value: await value };
  } catch (error) {
    // A fault of the command line is the same for all parts.
    if (error instanceof CliError && error.exit !== EXIT.usage) return { name, ok: false, error };
    throw error;
  }
};

const lineOf = <T>(each: Part<T>, shown: (value: T) => string): string =>
  `${`${each.name}:`.padEnd(11)}${each.ok ? shown(each.value) : "unknown, see below"}`;

const licenseLine = ({ license, server_time }: LicenseGetResponse, paint: Paint): string => {
  const { status, expire_at } = license;
  const seats = license.max_seats === null ? "unlimited seats" : count(license.max_seats, "seat");
  const kind = `${safe(license.type)}${license.trial ? ", trial" : ""}`;
  const name = `${safe(license.name)} (${kind}, ${seats})`;
  if (status === "expired") {
    const since = `${longAgo(expire_at, Date.parse(server_time))} (${day(expire_at)})`;
    return `${paint("red", `expired ${since}`)}, ${name}. New sessions are refused.`;
  }
  const colour = ({ valid: "green", expiring: "yellow", not_yet_valid: "red" } as const)[status];
  return `${paint(colour, status.replaceAll("_", " "))}, ${name} until ${day(expire_at)}`;
};

const operatorLine = ({ operators }: OperatorListResponse): string => {
  const states = ["active", "stale", "gone"] as const;
  const counts = states.map((state) => [state, operators.filter((each) => each.state === state).length] as const);
  const shown = counts.filter(([, number]) => number > 0).map(([state, number]) => `${number} ${state}`);
  return shown.length === 0 ? "none connected yet" : shown.join(", ");
};

const sessionLines = ({ sessions }: SessionListResponse): string =>
  sessions.length === 0 ? "none live" : `${sessions.length} live\n\n${sessionTable(sessions)}`;

import type { Command } from "commander";
import type { SeatHistoryResponse, SeatListResponse } from "../../../shared/contract/responses.ts";
import { DAY_MS, HOUR_MS } from "../../../shared/contract/time.ts";
import { writeSeatHistoryCsv } from "../../../shared/reports/seat-history-csv.ts";
import type { Api } from "../api.ts";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, ifAllowed, NOT_SEEN, needsAnswer } from "../confirm.ts";
import { CliError, EXIT } from "../exit.ts";
import { type IdOptions, idOf, withId } from "../id-argument.ts";
import { type RangeOptions, rangeOf, withRange } from "../range.ts";
import { type FileOptions, withFile } from "../report-file.ts";
import { seatForecastTable, seatHistoryTable } from "../seat-tables.ts";
import { table } from "../table.ts";
import { age, asTyped, count, day, ofMax, safe } from "../text.ts";
import { OUTPUT_FLAG, OWN, show } from "./report.ts";
import { sessionTable } from "./session.ts";

type Seats = NonNullable<SeatListResponse["seats"]>;

/** `seat ls | history | forecast | release`. */
export const seatCommands = (program: Command, define: Define): void => {
  const group = program.command("seat").description("list and release seats");

  define(
    examples(
      group
        .command("ls")
        .description("list who holds a seat")
        .option("--idle <time>", "only users who were last seen so long ago or longer: 14d, 36h")
        .option("--user <name>", "only this user's seats: Kubernetes user, machine's user, or user@host, as listed"),
      "license-server seat ls",
      "license-server seat ls --idle 14d",
      "license-server seat ls --user ana@example.com",
      "license-server seat ls -o json | jq .available",
    ),
    async ({ connection, options, system, print }: Call<{ idle?: string; user?: string }>) => {
      const idle = options.idle === undefined ? undefined : { text: options.idle, ms: idleMs(options.idle) };
      const all = await connection.api.seats();
      const before = system.now() - (idle?.ms ?? 0);
      const user = options.user === undefined ? undefined : asTyped(options.user);
      const seats = (all.seats ?? [])
        .filter((seat) => idle === undefined || Date.parse(seat.last_seen) <= before)
        .filter((seat) => user === undefined || namesOf(seat).includes(user));
      const found = [
        ...(idle === undefined && user === undefined ? [] : [`, ${seats.length}`]),
        ...(user === undefined ? [] : [` of ${safe(user)}`]),
        ...(idle === undefined ? [] : [` idle for ${idle.text} or longer`]),
      ].join("");
      const list = { ...all, seats };
      print(list, () => [`${seatLine(list)}${found}`, ...seatRows(seats, system.now())].join("\n"));
    },
  );

  define(
    examples(
      withRange(
        withFile(
          group.command("history").description("seats of each closed day: held, refused, active and idle users"),
          OWN,
        ),
      ),
      "license-server seat history --from 2026-11",
      "license-server seat history -o seats.csv",
    ),
    async (call: Call<FileOptions & RangeOptions>) => {
      const range = rangeOf(call.options);
      const csv = ({ days }: SeatHistoryResponse) => writeSeatHistoryCsv(days);
      await show(call, () => call.connection.api.seatHistory(range), seatHistoryTable, csv);
    },
    OUTPUT_FLAG,
  );

  define(
    examples(
      group.command("forecast").description("when the users reach the license's seats"),
      "license-server seat forecast",
    ),
    async ({ connection, print }: Call<object>) => {
      const forecast = await connection.api.seatForecast();
      print(forecast, () => seatForecastTable(forecast));
    },
  );

  define(
    examples(
      withId(
        group
          .command("release")
          .description(
            "release a seat now; running sessions continue, and the user's next session claims a seat again",
          ),
        "the seat's id, as `seat ls` shows it",
      ).option("-y, --yes", "do not ask"),
      "license-server seat release Zk3v1uJ0m2Q8xw5nT7rYbA",
    ),
    async (call: Call<IdOptions & { yes?: boolean }>) => {
      const id = idOf(call, { noun: "seat", list: "seat ls" });
      const { system, connection, print } = call;
      const yes = call.options.yes ?? false;
      needsAnswer(system, yes);
      if (!yes) {
        const list = await ifAllowed(connection.api.seats());
        const seat = list?.seats?.find((each) => each.id === id);
        if (list !== undefined && seat === undefined)
          throw new CliError(EXIT.notFound, `Nobody holds the seat ${safe(id)} in this period.`);
        system.stderr.write(seat === undefined ? NOT_SEEN : `${seatRows([seat], system.now()).join("\n")}\n`);
        if (list !== undefined && seat !== undefined)
          system.stderr.write(await liveSessionsOf(connection.api, list, seat));
        await confirm(system, `Release seat ${safe(id)} at ${await connection.url()}?`, yes);
      }
      await connection.api.releaseSeat(id);
      print({ id }, () => `Seat ${safe(id)} is released.`);
    },
  );
};

const namesOf = ({ kubernetes_username: user, client_username, client_hostname }: Seats[number]): string[] => [
  ...(user === null ? [] : [user]),
  client_username,
  `${client_username}@${client_hostname}`,
];

const IDLE = /^([1-9]\d{0,3})([dh])$/;

/** @throws CliError for a text that is not a number of days or hours */
const idleMs = (text: string): number => {
  const [, count, unit] = IDLE.exec(text) ?? [];
  if (count === undefined) throw new CliError(EXIT.usage, "--idle must be a number of days or hours: 14d, 36h.");
  return Number(count) * (unit === "d" ? DAY_MS : HOUR_MS);
};

/** What a person should know before a release: the user's live sessions, which continue. */
const liveSessionsOf = async (api: Api, { tracking_mode }: SeatListResponse, seat: Seats[number]): Promise<string> => {
  const live = seat.live_sessions ?? 0;
  if (live === 0) return "";
  const user =
    tracking_mode === MACHINE_SEATS ? `${seat.client_username}@${seat.client_hostname}` : seat.kubernetes_username;
  const { sessions = [] } = (await ifAllowed(api.sessions({ user }))) ?? {};
  const head = `This user has ${count(live, "live session")}. A release does not stop ${live === 1 ? "it" : "them"}`;
  return sessions.length === 0 ? `${head}.\n` : `${head}:\n${sessionTable(sessions)}\n`;
};

const MACHINE_SEATS = "ClientCertificate";

/** How many seats are used, in a line. */
export const seatLine = ({ used, max, overage, tracking_mode, mode, period }: SeatListResponse): string =>
  [
    `${ofMax(used, max)} seats used`,
    ...(overage === 0 ? [] : [count(overage, "overage")]),
    tracking_mode === MACHINE_SEATS ? "one seat per machine" : "one seat per Kubernetes user",
    mode === "floating" ? "floating" : `${day(period.from)} to ${day(period.to)}`,
  ].join(", ");

const seatRows = (seats: Seats, now: number): string[] => {
  const arePooled = seats.some(({ pool }) => pool !== undefined);
  return seats.length === 0
    ? []
    : [
        table(
          [
            "Seat ID",
            "Kubernetes user",
            "Machine",
            "Claimed",
            "Last seen",
            "Live",
            "Overage",
            ...(arePooled ? ["Pool"] : []),
          ],
          seats.map((seat) => [
            seat.id,
            seat.kubernetes_username,
            `${seat.client_username}@${seat.client_hostname}`,
            age(seat.claimed_at, now),
            age(seat.last_seen, now),
            seat.live_sessions ?? null,
            seat.overage ? "yes" : "no",
            ...(arePooled ? [seat.pool ?? "common"] : []),
          ]),
        ),
      ];
};

import type { Command } from "commander";
import type { SeatListResponse } from "../../../shared/contract/responses.ts";
import type { Api } from "../api.ts";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, ifAllowed, NOT_SEEN, needsAnswer } from "../confirm.ts";
import { CliError, EXIT } from "../exit.ts";
import { type IdOptions, idOf, withId } from "../id-argument.ts";
import { table } from "../table.ts";
import { age, count, day, ofMax, safe } from "../text.ts";
import { sessionTable } from "./session.ts";

type Seats = NonNullable<SeatListResponse["seats"]>;

/** `seat ls | release`. */
export const seatCommands = (program: Command, define: Define): void => {
  const group = program.command("seat").description("list and release seats");

  define(
    examples(
      group.command("ls").description("list who holds a seat in the current billing period"),
      "license-server seat ls",
      "license-server seat ls -o json | jq .available",
    ),
    async ({ connection, system, print }: Call<object>) => {
      const list = await connection.api.seats();
      print(list, () => [seatLine(list), ...seatRows(list.seats ?? [], system.now())].join("\n"));
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
export const seatLine = ({ used, max, overage, tracking_mode, period }: SeatListResponse): string =>
  [
    `${ofMax(used, max)} seats used`,
    ...(overage === 0 ? [] : [count(overage, "overage")]),
    tracking_mode === MACHINE_SEATS ? "one seat per machine" : "one seat per Kubernetes user",
    `${day(period.from)} to ${day(period.to)}`,
  ].join(", ");

const seatRows = (seats: Seats, now: number): string[] =>
  seats.length === 0
    ? []
    : [
        table(
          ["Seat ID", "Kubernetes user", "Machine", "Claimed", "Last seen", "Live", "Overage"],
          seats.map((seat) => [
            seat.id,
            seat.kubernetes_username,
            `${seat.client_username}@${seat.client_hostname}`,
            age(seat.claimed_at, now),
            age(seat.last_seen, now),
            seat.live_sessions ?? null,
            seat.overage ? "yes" : "no",
          ]),
        ),
      ];

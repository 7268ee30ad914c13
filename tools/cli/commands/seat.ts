import type { Command } from "commander";
import type { SeatListResponse } from "../../../shared/contract/responses.ts";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, ifAllowed, NOT_SEEN, needsAnswer } from "../confirm.ts";
import { CliError, EXIT } from "../exit.ts";
import { type IdOptions, idOf, withId } from "../id-argument.ts";
import { table } from "../table.ts";
import { age, count, day, ofMax, safe } from "../text.ts";

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
      const id = idOf(call);
      const { system, connection, print } = call;
      const yes = call.options.yes ?? false;
      needsAnswer(system, yes);
      if (!yes) {
        const list = await ifAllowed(connection.api.seats());
        const seat = list?.seats?.find((each) => each.id === id);
        if (list !== undefined && seat === undefined)
          throw new CliError(EXIT.notFound, `Nobody holds the seat ${safe(id)} in this period.`);
        system.stderr.write(seat === undefined ? NOT_SEEN : `${seatRows([seat], system.now()).join("\n")}\n`);
        await confirm(system, `Release seat ${safe(id)} at ${await connection.url()}?`, yes);
      }
      await connection.api.releaseSeat(id);
      print({ id }, () => `Seat ${safe(id)} is released.`);
    },
  );
};

/** How many seats are used, in a line. */
export const seatLine = ({ used, max, overage, tracking_mode, period }: SeatListResponse): string =>
  [
    `${ofMax(used, max)} seats used`,
    ...(overage === 0 ? [] : [count(overage, "overage")]),
    `by ${safe(tracking_mode)}`,
    `${day(period.from)} to ${day(period.to)}`,
  ].join(", ");

const seatRows = (seats: Seats, now: number): string[] =>
  seats.length === 0
    ? []
    : [
        table(
          ["Seat ID", "Kubernetes user", "Machine", "Claimed", "Last seen", "Overage"],
          seats.map((seat) => [
            seat.id,
            seat.kubernetes_username,
            `${seat.client_username}@${seat.client_hostname}`,
            age(seat.claimed_at, now),
            age(seat.last_seen, now),
            seat.overage ? "yes" : "no",
          ]),
        ),
      ];

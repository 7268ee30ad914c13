import type { Command } from "commander";
import type { AuditListResponse } from "../../../shared/contract/responses.ts";
import { type Call, type Define, examples } from "../command.ts";
import { type RangeOptions, rangeOf, withRange } from "../range.ts";
import { table } from "../table.ts";
import { moment } from "../text.ts";

/** `audit`. */
export const auditCommand = (program: Command, define: Define): void => {
  define(
    examples(
      withRange(program.command("audit").description("list who did what, oldest first (default: the last 30 days)")),
      "license-server audit --from 2026-11-01 --to 2026-12-01",
      "license-server audit -o json | jq '.entries[] | select(.action == \"seat.denied\")'",
    ),
    async ({ options, connection, progress, print }: Call<RangeOptions>) => {
      const list = await connection.api.audit(rangeOf(options), (so) => progress.report(`${so} entries …`));
      progress.done();
      print(list, () => (list.entries.length === 0 ? "No entries in this period." : auditTable(list)));
    },
  );
};

const auditTable = ({ entries }: AuditListResponse): string =>
  table(
    ["Time", "Action", "Actor", "Details"],
    entries.map(({ time, action, actor, details }) => [
      moment(time),
      action,
      actor,
      // The server returns them in no order.
      Object.entries(details)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, value]) => `${name}=${value}`)
        .join(" "),
    ]),
  );

import type { Command } from "commander";
import type { OperatorListResponse } from "../../../shared/contract/responses.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import { type Call, type Define, examples } from "../command.ts";
import { table } from "../table.ts";
import { age, count } from "../text.ts";

/** `operator ls`. */
export const operatorCommands = (program: Command, define: Define): void => {
  const group = program.command("operator").description("list operators");
  define(
    examples(
      group
        .command("ls")
        .description(
          "list operators and agents: active, stale (three heartbeats missed) or gone (their sessions were ended)",
        ),
      "license-server operator ls",
      "license-server operator ls -o json | jq -r '.operators[] | select(.state == \"stale\") | .cluster'",
    ),
    async ({ connection, system, progress, print }: Call<object>) => {
      const list = await connection.api.operators((so) => progress.report(`${count(so, "operator")} …`));
      progress.done();
      print(list, () =>
        list.operators.length === 0 ? "No operators connected yet." : operatorTable(list, system.now()),
      );
    },
  );
};

const operatorTable = ({ operators }: OperatorListResponse, now: EpochMs): string =>
  table(
    ["Instance", "Kind", "Cluster", "Version", "State", "Last heartbeat", "Lease", "Live sessions"],
    operators.map((operator) => [
      operator.instance_id,
      // Earlier releases of the server know operators only.
      operator.kind ?? "operator",
      operator.cluster,
      operator.version,
      operator.state,
      age(operator.last_heartbeat, now),
      operator.lease.state,
      operator.live_sessions,
    ]),
  );

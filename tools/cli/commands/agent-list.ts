import type { Command } from "commander";
import type { OperatorListResponse } from "../../../shared/contract/responses.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import { type Call, type Define, examples } from "../command.ts";
import { table } from "../table.ts";
import { age, count } from "../text.ts";

type Entry = OperatorListResponse["operators"][number];

/** `agent ls`. */
export const agentListCommand = (group: Command, define: Define): void => {
  define(
    examples(
      group.command("ls").description("list the clusters with an agent, and how old their data is"),
      "license-server agent ls",
      "license-server agent ls -o json | jq -r '.operators[] | select(.state == \"stale\") | .cluster'",
    ),
    async ({ connection, system, progress, print }: Call<object>) => {
      const list = await connection.api.operators((so) => progress.report(`${count(so, "operator")} …`));
      progress.done();
      const operators = list.operators.filter(({ kind }) => kind === "agent");
      print({ ...list, operators }, () =>
        operators.length === 0
          ? "No agents connected yet. To install one: license-server agent manifest --help"
          : agentTable(operators, system.now()),
      );
    },
  );
};

const agentTable = (operators: readonly Entry[], now: EpochMs): string =>
  table(
    ["Cluster", "State", "Agent", "Operator", "Last heartbeat", "Data as of", "Seats", "Live sessions", "Instance"],
    operators.map(({ agent, ...operator }) => [
      operator.cluster,
      operator.state,
      agent?.version ?? null,
      operator.version,
      age(operator.last_heartbeat, now),
      age(agent?.observed_at ?? null, now),
      agent === null ? null : agent.enforces ? "enforced" : "counted",
      operator.live_sessions,
      operator.instance_id,
    ]),
  );

import type { Command } from "commander";
import type { OperatorListResponse } from "../../../shared/contract/responses.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, needsAnswer } from "../confirm.ts";
import { type IdOptions, idOf, withId } from "../id-argument.ts";
import { table } from "../table.ts";
import { age, count, safe } from "../text.ts";

/** `operator ls | release`. */
export const operatorCommands = (program: Command, define: Define): void => {
  const group = program.command("operator").description("list operators, release the slot of an installation");
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

  define(
    examples(
      withId(
        group
          .command("release")
          .description(
            "release the slot of an installation now, for licenses that limit them; one that runs takes a slot again",
          ),
        "the installation, as `operator ls` shows it",
      ).option("-y, --yes", "do not ask"),
      "license-server operator release staging-eu",
    ),
    async (call: Call<IdOptions & { yes?: boolean }>) => {
      const id = idOf(call, { noun: "installation", list: "operator ls" });
      const { system, connection, print } = call;
      const yes = call.options.yes ?? false;
      needsAnswer(system, yes);
      await confirm(system, `Release the slot of ${safe(id)} at ${await connection.url()}?`, yes);
      await connection.api.releaseOperator(id);
      print({ id }, () => `The slot of ${safe(id)} is released.`);
    },
  );
};

// Most licenses limit no installations.
const operatorTable = ({ operators }: OperatorListResponse, now: EpochMs): string => {
  const hasSlots = operators.some(({ installation }) => installation !== undefined);
  return table(
    [
      ...["Instance", "Kind", "Cluster", "Version", "State", "Last heartbeat", "Lease", "Live sessions"],
      ...(hasSlots ? ["Installation"] : []),
    ],
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
      ...(hasSlots ? [operator.installation ?? null] : []),
    ]),
  );
};

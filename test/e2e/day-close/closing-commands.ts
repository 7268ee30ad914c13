import fc from "fast-check";
import { type Command, forgetfulCommands } from "../../support/history.ts";
import type { World } from "../../support/history-world.ts";

const close = fc.record({ do: fc.constant("close" as const) });
const reap = fc.record({ do: fc.constant("reap" as const) });

type ClosingCommand = Command | { do: "close" } | { do: "reap" };

/** What happens in a history in which days are closed and operators given up at any time in between. */
export const closingCommands: fc.Arbitrary<ClosingCommand> = fc.oneof(
  { weight: 12, arbitrary: forgetfulCommands },
  { weight: 3, arbitrary: close },
  { weight: 1, arbitrary: reap },
);

/** Lets all of a history happen, in its order. */
export const runThrough = async (world: World, history: readonly ClosingCommand[]): Promise<void> => {
  for (const command of history) {
    if (command.do === "close") await world.app.invoke("dayClose");
    else if (command.do === "reap") await world.app.invoke("reaper");
    else await world.run(command);
  }
};

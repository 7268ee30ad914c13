import type { Command } from "commander";
import type { SessionListResponse } from "../../../shared/contract/responses.ts";
import type { SessionFilter } from "../api.ts";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, ifAllowed, NOT_SEEN, needsAnswer } from "../confirm.ts";
import { CliError, EXIT } from "../exit.ts";
import { table } from "../table.ts";
import { count, duration, ports, safe } from "../text.ts";

type Sessions = SessionListResponse["sessions"];
type KillOptions = { id: string; yes?: boolean };
type KillAllOptions = SessionFilter & { yes?: boolean };

/** `session ls | kill | kill-all`. */
export const sessionCommands = (program: Command, define: Define): void => {
  const group = program.command("session").description("live sessions: list them, stop them");

  define(
    examples(
      withFilter(
        group.command("ls").description("the live sessions of all clusters, or of those that the filters name"),
      ),
      "license-server session ls --namespace shop",
      "license-server session ls -o json | jq -r '.sessions[].id'",
    ),
    async ({ options, connection, progress, print }: Call<SessionFilter>) => {
      const list = await connection.api.sessions(filterOf(options), (so) =>
        progress.report(`${count(so, "session")} …`),
      );
      progress.done();
      print(list, () => (list.sessions.length === 0 ? "no live sessions" : longTable(list.sessions)));
    },
  );

  define(
    examples(
      group
        .command("kill")
        .description("ask the operator of a session to stop it, with its next heartbeat")
        .requiredOption("--id <id>", "the session")
        .option("-y, --yes", "do not ask"),
      "license-server session kill --id 6D0A1F3B2C4E5F60",
    ),
    killOne,
  );

  define(
    examples(
      withFilter(
        group.command("kill-all").description("the same for all live sessions, or for those that the filters name"),
      ).option("-y, --yes", "do not ask"),
      "license-server session kill-all --namespace shop",
      "license-server session kill-all --cluster staging --yes",
    ),
    killMany,
  );
};

const killOne = async ({
  options: { id, yes = false },
  system,
  connection,
  print,
}: Call<KillOptions>): Promise<void> => {
  needsAnswer(system, yes);
  if (!yes) {
    const list = await ifAllowed(connection.api.sessions());
    const session = list?.sessions.find((each) => each.id === id);
    if (list !== undefined && session === undefined)
      throw new CliError(EXIT.notFound, `no live session has the id ${safe(id)}`);
    system.stderr.write(session === undefined ? NOT_SEEN : `${sessionTable([session])}\n`);
    await confirm(system, `Stop session ${safe(id)} at ${await connection.url()}?`, yes);
  }
  await connection.api.killSession(id);
  print({ id }, () => `session ${safe(id)}: its operator is asked to stop it`);
};

const SHOWN = 10;

const killMany = async ({ options, system, connection, print }: Call<KillAllOptions>): Promise<void> => {
  const yes = options.yes ?? false;
  needsAnswer(system, yes);
  const filter = filterOf(options);
  if (!yes) {
    const sessions = (await ifAllowed(connection.api.sessions(filter)))?.sessions;
    if (sessions?.length === 0) return print({ count: 0 }, () => "no live session matches: there is nothing to stop");
    system.stderr.write(sessions === undefined ? NOT_SEEN : `${firstOf(sessions)}\n`);
    const what = sessions === undefined ? "all sessions that match" : count(sessions.length, "session");
    await confirm(system, `Stop ${what} at ${await connection.url()}?`, yes);
  }
  const answer = await connection.api.killSessions(filter);
  print(answer, () => `${count(answer.count, "session")}: their operators are asked to stop them`);
};

const firstOf = (sessions: Sessions): string =>
  sessions.length <= SHOWN
    ? sessionTable(sessions)
    : `${sessionTable(sessions.slice(0, SHOWN))}\n… and ${count(sessions.length - SHOWN, "more session")}`;

const withFilter = (target: Command): Command =>
  target
    .option("--namespace <name>", "of this Kubernetes namespace only")
    .option("--user <name>", "of this Kubernetes user, machine's user or machine id only")
    .option("--cluster <name>", "of this cluster only");

const filterOf = ({ namespace, user, cluster }: SessionFilter): SessionFilter => ({
  ...(namespace === undefined ? {} : { namespace }),
  ...(user === undefined ? {} : { user }),
  ...(cluster === undefined ? {} : { cluster }),
});

/** Live sessions in the columns of `mirrord operator status`. */
export const sessionTable = (sessions: Sessions): string => table(COLUMNS, sessions.map(cellsOf));

const longTable = (sessions: Sessions): string =>
  table(
    [...COLUMNS, "Cluster", "CI"],
    sessions.map((session) => [...cellsOf(session), session.cluster, session.ci ? "yes" : "no"]),
  );

const COLUMNS = ["Session ID", "Target", "Namespace", "User", "Ports", "Session Duration"];

const cellsOf = (session: Sessions[number]): string[] => [
  session.id,
  session.target,
  session.namespace,
  session.user,
  ports(session.locked_ports),
  lasting(session),
];

// A stale operator has missed its heartbeats, so nobody knows whether its sessions still run.
const lasting = ({ duration_secs, stale, stopping }: Sessions[number]): string =>
  `${duration(duration_secs)}${stale ? " (stale)" : ""}${stopping ? " (stopping)" : ""}`;

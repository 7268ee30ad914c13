import type { Command } from "commander";
import type { SessionKillAllResponse, SessionListResponse } from "../../../shared/contract/responses.ts";
import { isShownHex, namesSession, shownSessionId } from "../../../shared/contract/session-ids.ts";
import type { Api, SessionFilter } from "../api.ts";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, ifAllowed, NOT_SEEN, needsAnswer } from "../confirm.ts";
import { CliError, EXIT } from "../exit.ts";
import { type IdOptions, idOf, withId } from "../id-argument.ts";
import { caseHints, filterOf, isFiltered, withFilter } from "../session-filter.ts";
import { table } from "../table.ts";
import { count, duration, ports, safe } from "../text.ts";

type Sessions = SessionListResponse["sessions"];
type KillOptions = IdOptions & { yes?: boolean };
type KillAllOptions = SessionFilter & { yes?: boolean };

/** `session ls | kill | kill-all`. */
export const sessionCommands = (program: Command, define: Define): void => {
  const group = program.command("session").description("list and stop live sessions");

  define(
    examples(
      withFilter(group.command("ls").description("list live sessions; filters match whole names")),
      "license-server session ls --namespace shop",
      "license-server session ls -o json | jq -r '.sessions[].id'",
    ),
    async ({ options, connection: { api }, progress, print, note }: Call<SessionFilter>) => {
      const filter = filterOf(options);
      const list = await api.sessions(filter, (so) => progress.report(`${count(so, "session")} …`));
      progress.done();
      const none = isFiltered(filter) ? "No matching sessions." : "No live sessions.";
      print(list, () => (list.sessions.length === 0 ? none : longTable(list.sessions)));
      if (list.sessions.length === 0) for (const hint of await caseHints(api, filter)) note(hint);
    },
  );

  define(
    examples(
      withId(
        group.command("kill").description("stop one session: its operator gets the request with its next heartbeat"),
        "the session's id, as `session ls` shows it",
      ).option("-y, --yes", "do not ask"),
      "license-server session kill 6D0A1F3B2C4E5F60",
      "license-server session kill --id 6D0A1F3B2C4E5F60 --yes",
    ),
    killOne,
  );

  define(
    examples(
      withFilter(group.command("kill-all").description("stop all live sessions, or those matching the filters")).option(
        "-y, --yes",
        "do not ask",
      ),
      "license-server session kill-all --namespace shop",
      "license-server session kill-all --cluster staging --yes",
    ),
    killMany,
  );
};

const killOne = async (call: Call<KillOptions>): Promise<void> => {
  const given = idOf(call, { noun: "session", list: "session ls" });
  const { system, connection, print } = call;
  const yes = call.options.yes ?? false;
  needsAnswer(system, yes);
  let id = given;
  if (!yes) {
    const list = await ifAllowed(connection.api.sessions());
    const session = list === undefined ? undefined : sessionNamed(list.sessions, given);
    if (list !== undefined && session === undefined)
      throw new CliError(EXIT.notFound, `No live session has the id ${safe(given)}.`);
    system.stderr.write(session === undefined ? NOT_SEEN : `${sessionTable([session])}\n`);
    await confirm(system, `Stop session ${safe(given)} at ${await connection.url()}?`, yes);
    id = session?.id ?? given;
  }
  id = await killNamed(connection.api, id);
  print({ id }, () => requested(`session ${safe(shownSessionId(id))}`));
};

/** The session that an id names. @throws CliError if that id names several */
const sessionNamed = (sessions: Sessions, given: string): Sessions[number] | undefined => {
  const [found, ...others] = sessions.filter(({ id }) => namesSession(id, given));
  const exact = sessions.find(({ id }) => id === given);
  if (exact !== undefined || found === undefined || others.length === 0) return exact ?? found;
  const ids = [found, ...others].map(({ id, cluster }) => `  ${safe(id)} (${safe(cluster ?? "unnamed cluster")})`);
  throw new CliError(EXIT.usage, `${safe(given)} names ${ids.length} sessions. Use the whole id:`, ...ids);
};

/** Kills a session by its id, or by that id as it is shown. Returns the id. Looks at the list only if it must. */
const killNamed = async (api: Api, given: string): Promise<string> => {
  try {
    await api.killSession(given);
    return given;
  } catch (error) {
    if (!(error instanceof CliError) || error.exit !== EXIT.notFound || !isShownHex(given)) throw error;
    const session = sessionNamed((await ifAllowed(api.sessions()))?.sessions ?? [], given);
    if (session === undefined) throw error;
    await api.killSession(session.id);
    return session.id;
  }
};

const SHOWN = 10;
const NONE_KILLED: SessionKillAllResponse = { count: 0 };

const killMany = async (call: Call<KillAllOptions>): Promise<void> => {
  const { options, settings, system, connection, print, warn } = call;
  needsAnswer(system, options.yes ?? false);
  const filter = filterOf(options);
  const { api } = connection;
  const answer = (await isConfirmed(call, filter)) ? await api.killSessions(filter) : NONE_KILLED;
  const { skipped = [] } = answer;
  if (skipped.length > 0)
    warn(`${count(skipped.length, "preview environment")} not stopped: the agents of their clusters may not stop any.`);
  if (answer.count > 0) return print(answer, () => requested(count(answer.count, "session")));
  if (skipped.length > 0) throw new CliError(EXIT.failed, "No session was asked to stop.");
  if (!isFiltered(filter)) return print(answer, () => "No live sessions.");
  if (settings.output !== "table") print(answer, () => "");
  const hints = await caseHints(api, filter);
  throw new CliError(EXIT.notFound, "No matching sessions.", ...hints.map((hint) => `  ${hint}`));
};

/** Shows what will be stopped and asks; false where there is nothing to stop. @throws CliError where the answer is no */
const isConfirmed = async (
  { options: { yes = false }, system, connection }: Call<KillAllOptions>,
  filter: SessionFilter,
): Promise<boolean> => {
  if (yes) return true;
  const sessions = (await ifAllowed(connection.api.sessions(filter)))?.sessions;
  if (sessions?.length === 0) return false;
  system.stderr.write(sessions === undefined ? NOT_SEEN : `${firstOf(sessions)}\n`);
  const what = sessions === undefined ? "all matching sessions" : count(sessions.length, "session");
  await confirm(system, `Stop ${what} at ${await connection.url()}?`, yes);
  return true;
};

const requested = (what: string): string => `Stop requested for ${what} (takes effect at the next heartbeat).`;

const firstOf = (sessions: Sessions): string =>
  sessions.length <= SHOWN
    ? sessionTable(sessions)
    : `${sessionTable(sessions.slice(0, SHOWN))}\n… and ${count(sessions.length - SHOWN, "more session")}`;

/** Live sessions in the columns of `mirrord operator status`. */
export const sessionTable = (sessions: Sessions): string => table(COLUMNS, sessions.map(cellsOf));

const longTable = (sessions: Sessions): string =>
  table(
    [...COLUMNS, "Cluster", "Kind"],
    sessions.map((session) => [...cellsOf(session), session.cluster, kindOf(session)]),
  );

const COLUMNS = ["Session ID", "Target", "Namespace", "User", "Ports", "Session Duration"];

const cellsOf = (session: Sessions[number]): string[] => [
  shownSessionId(session.id),
  session.target,
  session.namespace,
  session.user,
  ports(session.locked_ports),
  lasting(session),
];

// Earlier releases of the server know CI only.
const kindOf = ({ session_kind, ci }: Sessions[number]): string => session_kind ?? (ci ? "ci" : "user");

// A stale operator missed its heartbeats, so its sessions may not be running.
const lasting = ({ duration_secs, stale, stopping, denied_code, stop_refused }: Sessions[number]): string =>
  `${duration(duration_secs)}${stale ? " (stale)" : ""}${stopping ? " (stopping)" : ""}${denied_code ? " (denied)" : ""}${stop_refused ? ` (stop ${stop_refused})` : ""}`;

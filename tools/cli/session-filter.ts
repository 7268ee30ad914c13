import type { Command } from "commander";
import type { SessionListResponse } from "../../shared/contract/responses.ts";
import type { Api, SessionFilter } from "./api.ts";
import { ifAllowed } from "./confirm.ts";
import { asTyped, safe } from "./text.ts";

type Session = SessionListResponse["sessions"][number];
type FilterName = keyof SessionFilter;

export const withFilter = (target: Command): Command =>
  target
    .option("--namespace <name>", "sessions in this Kubernetes namespace only")
    .option(
      "--user <name>",
      "sessions of this user only: Kubernetes user, machine's user, full name, machine id, or as listed",
    )
    .option("--cluster <name>", "sessions in this cluster only");

/** The filters that were given, as the API has them. */
export const filterOf = (options: SessionFilter): SessionFilter =>
  Object.fromEntries(given(options).map(([name, text]) => [name, asTyped(text)]));

export const isFiltered = (filter: SessionFilter): boolean => given(filter).length > 0;

/** Filter values that match nothing but differ only by case from a live session's, each in a line that says so. */
export const caseHints = async (api: Api, filter: SessionFilter): Promise<string[]> => {
  if (!isFiltered(filter)) return [];
  const sessions = (await ifAllowed(api.sessions()))?.sessions ?? [];
  return given(filter).flatMap(([name, text]) => {
    const known = new Set(sessions.flatMap((session) => namesOf(session, name)));
    const alike = [...known].filter((each) => each.toLowerCase() === text.toLowerCase());
    if (known.has(text) || alike.length === 0) return [];
    const where = name === "user" ? "of" : "in";
    return `--${name} ${safe(text)}: there are sessions ${where} ${alike.map(safe).join(", ")}. Names are case-sensitive.`;
  });
};

const NAMES = ["namespace", "user", "cluster"] as const satisfies FilterName[];

const given = (filter: SessionFilter): [FilterName, string][] =>
  NAMES.flatMap((name): [FilterName, string][] => {
    const text = filter[name];
    return text === undefined ? [] : [[name, text]];
  });

const namesOf = (session: Session, filter: FilterName): string[] => {
  if (filter === "namespace") return [session.namespace];
  if (filter === "cluster") return session.cluster === null ? [] : [session.cluster];
  // A user is shown as name/Kubernetes user@host.
  const [, name = "", kubernetesUser = ""] = /^([^/]*)\/(.*)@[^@]*$/.exec(session.user) ?? [];
  return [session.user, name, kubernetesUser, session.user_id].filter((text) => text !== "");
};

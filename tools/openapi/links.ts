import type { RouteName } from "../../shared/contract/routes.ts";

/** What can be done next with what an operation was told or has answered (OpenAPI 3.1, "Link Object"). */
export const linksOf = (name: RouteName): { links?: Readonly<Record<string, Link>> } => {
  const links = LINKS[name];
  return links === undefined ? {} : { links };
};

type Link = {
  readonly operationId: RouteName;
  readonly parameters: { readonly id: string };
  readonly description: string;
};

const STARTED = "$request.body#/session_id";

const LINKS: Partial<Record<RouteName, Readonly<Record<string, Link>>>> = {
  sessionStart: {
    end: { operationId: "sessionEnd", parameters: { id: STARTED }, description: "The session's end." },
    kill: { operationId: "sessionKill", parameters: { id: STARTED }, description: "Has the session stopped." },
  },
  sessionList: {
    kill: {
      operationId: "sessionKill",
      parameters: { id: "$response.body#/sessions/0/id" },
      description: "Has a session of the page stopped.",
    },
  },
  seatList: {
    release: {
      operationId: "seatRelease",
      parameters: { id: "$response.body#/seats/0/id" },
      description: "Releases a seat of the list.",
    },
  },
};

import type { RouteName } from "../../shared/contract/routes.ts";

/** The operations that can follow one, with values of its request or answer (OpenAPI 3.1, "Link Object"). */
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
    kill: { operationId: "sessionKill", parameters: { id: STARTED }, description: "Stops the session." },
  },
  sessionList: {
    kill: {
      operationId: "sessionKill",
      parameters: { id: "$response.body#/sessions/0/id" },
      description: "Stops a session of the page.",
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

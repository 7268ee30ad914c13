import { type Credential, isScope, ROUTES } from "../../shared/contract/routes.ts";
import { SUMMARIES } from "./summaries.ts";

const BEGIN = "<!-- routes -->";
const END = "<!-- /routes -->";

/** docs/api.md with the table of routes from `ROUTES`. */
export const withRouteTable = (page: string): string => {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`docs/api.md has no place for the routes: ${BEGIN} … ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n${routeTable()}\n${page.slice(end)}`;
};

const routeTable = (): string =>
  [
    "| route | opened by | does |",
    "|---|---|---|",
    ...ROUTES.map(
      ({ name, method, path, auth }) => `| \`${method} ${path}\` | ${openedBy(auth)} | ${SUMMARIES[name]} |`,
    ),
  ].join("\n");

const openedBy = (auth: readonly Credential[]): string => (auth.length === 0 ? "anybody" : auth.map(nameOf).join(", "));

const nameOf = (credential: Credential): string => {
  if (isScope(credential) || credential === "agent") return `\`${credential}\``;
  return credential === "key" ? "license key" : "lease token";
};

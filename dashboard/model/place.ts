import { isRange, type Range } from "./period.ts";

/** The views, with their names in the fragment and in the navigation. */
export const VIEWS = [
  { id: "usage", title: "Usage" },
  { id: "users", title: "Users" },
  { id: "targets", title: "Targets" },
  { id: "live", title: "Live" },
  { id: "seats", title: "Seats" },
  { id: "policies", title: "Policies" },
  { id: "license", title: "License" },
  { id: "roi", title: "ROI calculator" },
] as const;

export type View = (typeof VIEWS)[number]["id"];

export const USER_KEYS = [
  { id: "username", title: "Kubernetes user" },
  { id: "client_username", title: "Machine user" },
  { id: "client_hostname", title: "Host name" },
  { id: "machine_id", title: "Machine" },
] as const;

/** The key by which the report identifies users. */
export type UserKey = (typeof USER_KEYS)[number]["id"];

/** The current view and its settings. The fragment holds all of it, so that a link opens the same view. */
export type Place = {
  view: View;
  range: Range;
  by: UserKey;
  /** Parameters of a single view. */
  rest: Readonly<Record<string, string>>;
};

export type FragmentReading = { place: Place; token: string | undefined };

/**
 * Reads the fragment of the page's address, such as `#/users?range=90`. An access token may come as `#token=…` or as a
 * parameter. Unknown values become the default.
 */
export const readFragment = (fragment: string): FragmentReading => {
  const text = fragment.replace(/^#/, "");
  const [path = "", query = ""] = text.startsWith("/") ? splitAt(text, "?") : ["", text];
  const { token, range, by, view, ...rest } = Object.fromEntries(new URLSearchParams(query));
  const place: Place = {
    view: VIEWS.find(({ id }) => id === (view ?? path.slice(1)))?.id ?? "usage",
    range: isRange(range) ? range : "30",
    by: USER_KEYS.find(({ id }) => id === by)?.id ?? "username",
    rest,
  };
  return { place, token: token === undefined || token === "" ? undefined : token };
};

/** The fragment of a place; default values are left out. */
export const fragmentOf = ({ view, range, by, rest }: Place): string => {
  const parameters = new URLSearchParams(rest);
  if (range !== "30") parameters.set("range", range);
  if (by !== "username") parameters.set("by", by);
  const query = parameters.toString();
  return `#/${view}${query === "" ? "" : `?${query}`}`;
};

const splitAt = (text: string, mark: string): [string, string] => {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
};

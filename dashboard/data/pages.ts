import type { RouteName } from "../../shared/contract/routes.ts";
import type { Api, Outcome } from "./api.ts";

/** The most pages that are read: a table of more rows is of no use to anybody. */
export const MAX_PAGES = 10;

type Page = { next?: string | null };

/** Reads a list page by page, at least one and up to a number of them; the `next` of the last says whether there are more. */
export const readPages = async <Body extends Page>(
  api: Api,
  route: RouteName,
  query: Record<string, string>,
  signal: AbortSignal,
  maxPages = MAX_PAGES,
): Promise<Outcome<[Body, ...Body[]]>> => {
  const ask = (cursor?: string) => api<Body>(route, { query: { ...query, cursor }, signal });
  const first = await ask();
  if (!first.ok) return first;
  const pages: [Body, ...Body[]] = [first.value];
  for (let next = first.value.next; next != null && pages.length < maxPages; ) {
    const more: Outcome<Body> = await ask(next);
    if (!more.ok) return more;
    pages.push(more.value);
    next = more.value.next;
  }
  return { ok: true, value: pages };
};

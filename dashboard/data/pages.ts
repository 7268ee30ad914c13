import type { RouteName } from "../../shared/contract/routes.ts";
import type { Api, Outcome } from "./api.ts";

/** The most pages to read; nobody reads a longer table. */
export const MAX_PAGES = 10;

type Page = { next?: string | null };

/** Reads a list page by page, up to `maxPages`. The `next` of the last page shows whether there are more. */
export const readPages = async <Body extends Page>(
  api: Api,
  route: RouteName,
  query: Record<string, string>,
  signal: AbortSignal,
  maxPages = MAX_PAGES,
): Promise<Outcome<[Body, ...Body[]]>> => {
  const load = (cursor?: string) => api<Body>(route, { query: { ...query, cursor }, signal });
  const first = await load();
  if (!first.ok) return first;
  const pages: [Body, ...Body[]] = [first.value];
  for (let next = first.value.next; next != null && pages.length < maxPages; ) {
    const more: Outcome<Body> = await load(next);
    if (!more.ok) return more;
    pages.push(more.value);
    next = more.value.next;
  }
  return { ok: true, value: pages };
};

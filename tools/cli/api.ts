import type {
  AuditListResponse,
  DenialReport,
  ErrorReport,
  LicenseGetResponse,
  OperatorListResponse,
  SeatListResponse,
  SessionKillAllResponse,
  SessionListResponse,
  UsageReport,
  UsageTrends,
} from "../../shared/contract/responses.ts";
import type { RouteName } from "../../shared/contract/routes.ts";
import type { Query, Send } from "./request.ts";

export type SessionFilter = { namespace?: string; user?: string; cluster?: string };
export type Range = { from?: string; to?: string };

/** Hears how many entries of a list have come so far. */
export type OnPage = (count: number) => void;

/** The most entries that a page may have, so that a long list takes few calls. */
const PAGE_SIZE = 1_000;

/**
 * The server's API as the commands use it. A list that comes in pages is given whole. All of them throw a CliError where the
 * answer is none.
 */
export const createApi = (send: Send) => {
  const json = async <T>(route: RouteName, query: Query = {}): Promise<T> =>
    (await (await send(route, { query })).json()) as T;

  const all = async <T extends { next: string | null }, Entry>(
    route: RouteName,
    query: Query,
    entriesOf: (page: T) => readonly Entry[],
    onPage: OnPage = () => undefined,
  ): Promise<Entry[]> => {
    const entries: Entry[] = [];
    let cursor: string | undefined;
    do {
      const page: T = await json<T>(route, { ...query, limit: PAGE_SIZE, cursor });
      entries.push(...entriesOf(page));
      onPage(entries.length);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return entries;
  };

  return {
    license: () => json<LicenseGetResponse>("licenseGet"),
    licensePem: async () => (await send("licenseGet", { accept: "application/x-pem-file" })).text(),
    seats: () => json<SeatListResponse>("seatList"),
    seatSummary: () => json<SeatListResponse>("seatList", { summary: "true" }),
    releaseSeat: async (id: string) => {
      await send("seatRelease", { id });
    },
    sessions: async (filter: SessionFilter = {}, onPage?: OnPage): Promise<SessionListResponse> => ({
      sessions: await all("sessionList", filter, (page: SessionListResponse) => page.sessions, onPage),
      next: null,
    }),
    killSession: async (id: string) => {
      await send("sessionKill", { id });
    },
    killSessions: async (filter: SessionFilter) =>
      (await (await send("sessionKillAll", { query: filter })).json()) as SessionKillAllResponse,
    operators: async (onPage?: OnPage): Promise<OperatorListResponse> => ({
      operators: await all("operatorList", {}, (page: OperatorListResponse) => page.operators, onPage),
      next: null,
    }),
    audit: async (range: Range, onPage?: OnPage): Promise<AuditListResponse> => ({
      entries: await all("auditList", range, (page: AuditListResponse) => page.entries, onPage),
      next: null,
    }),
    usage: (query: Query) => json<UsageReport>("usageReport", { ...query, format: "json" }),
    usageFile: (query: Query, format: string) => send("usageReport", { query: { ...query, format } }),
    trends: (days: number | undefined) => json<UsageTrends>("usageTrends", { days }),
    errors: async (range: Range, onPage?: OnPage): Promise<ErrorReport> => ({
      entries: await all("errorReport", range, (page: ErrorReport) => page.entries, onPage),
      next: null,
    }),
    denials: (range: Range) => json<DenialReport>("denialReport", range),
  };
};

export type Api = ReturnType<typeof createApi>;

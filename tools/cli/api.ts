import type { CatalogChangeInput } from "../../shared/contract/catalog.ts";
import type {
  CatalogAcceptResponse,
  CatalogApplyResponse,
  CatalogChangeResponse,
  CatalogEntryAnswer,
  CatalogHistoryResponse,
  CatalogListResponse,
  CatalogPruneResponse,
  CatalogStatusResponse,
} from "../../shared/contract/catalog-answers.ts";
import type { EvaluateResponse, ImpactResponse, JobResponse } from "../../shared/contract/policy-answers.ts";
import type {
  AuditListResponse,
  DenialReport,
  ErrorReport,
  LicenseGetResponse,
  OperatorListResponse,
  SeatForecastResponse,
  SeatHistoryResponse,
  SeatListResponse,
  SessionKillAllResponse,
  SessionListResponse,
  UsageReport,
  UsageTrends,
} from "../../shared/contract/responses.ts";
import type { RouteName } from "../../shared/contract/routes.ts";
import { foreignError } from "./problem.ts";
import { bodyOf, type Call, type Query, type Send } from "./request.ts";

export type SessionFilter = { namespace?: string; user?: string; cluster?: string };
export type Range = { from?: string; to?: string };

/** Called with the number of entries of a list that have come so far. */
export type OnPage = (count: number) => void;

/** The most entries that a page may have, so that a long list needs few calls. */
const PAGE_SIZE = 1_000;

/**
 * The server's API as the commands use it. Lists come whole, not in pages. All calls throw a CliError unless the server gives
 * the expected answer.
 */
export const createApi = (send: Send) => {
  const answered = async <T>(route: RouteName, call: Call): Promise<T> =>
    objectIn(await bodyOf(await send(route, call)), FIELDS[route] ?? []) as T;
  const json = <T>(route: RouteName, query: Query = {}): Promise<T> => answered<T>(route, { query });

  const pages = async function* <T extends { next?: string | null }>(route: RouteName, query: Query) {
    let cursor: string | undefined;
    do {
      const page: T = await json<T>(route, { ...query, cursor });
      yield page;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  };

  const all = async <T extends { next: string | null }, Entry>(
    route: RouteName,
    query: Query,
    entriesOf: (page: T) => readonly Entry[],
    onPage: OnPage = () => undefined,
  ): Promise<Entry[]> => {
    const entries: Entry[] = [];
    for await (const page of pages<T>(route, { ...query, limit: PAGE_SIZE })) {
      entries.push(...entriesOf(page));
      onPage(entries.length);
    }
    return entries;
  };

  // With the numbers of the last page, which are the newest. Without a page size: earlier releases of the server refuse one.
  const allSeats = async (): Promise<SeatListResponse> => {
    const seats: NonNullable<SeatListResponse["seats"]> = [];
    let last: SeatListResponse | undefined;
    for await (last of pages<SeatListResponse>("seatList", {})) seats.push(...(last.seats ?? []));
    if (last === undefined) throw new Error("a list has at least one page");
    return { ...last, seats };
  };

  return {
    license: () => json<LicenseGetResponse>("licenseGet"),
    licensePem: async () => bodyOf(await send("licenseGet", { accept: "application/x-pem-file" })),
    seats: allSeats,
    seatSummary: () => json<SeatListResponse>("seatList", { summary: "true" }),
    seatHistory: (range: Range) => json<SeatHistoryResponse>("seatHistory", range),
    seatForecast: () => json<SeatForecastResponse>("seatForecast"),
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
    killSessions: (filter: SessionFilter) => json<SessionKillAllResponse>("sessionKillAll", filter),
    operators: async (onPage?: OnPage): Promise<OperatorListResponse> => ({
      operators: await all("operatorList", {}, (page: OperatorListResponse) => page.operators, onPage),
      next: null,
    }),
    releaseOperator: async (id: string) => {
      await send("operatorRelease", { id });
    },
    audit: async (range: Range, onPage?: OnPage): Promise<AuditListResponse> => ({
      entries: await all("auditList", range, (page: AuditListResponse) => page.entries, onPage),
      next: null,
    }),
    usage: (query: Query) => json<UsageReport>("usageReport", { ...query, format: "json" }),
    usageFile: async (query: Query, format: string) => {
      const answer = await send("usageReport", { query: { ...query, format } });
      const type = answer.headers.get("content-type") ?? "";
      if (format !== "json" && /\bjson\b/.test(type)) throw foreignError(`${type} in place of ${format}`);
      return answer;
    },
    trends: (days: number | undefined) => json<UsageTrends>("usageTrends", { days }),
    errors: async (range: Range, onPage?: OnPage): Promise<ErrorReport> => ({
      entries: await all("errorReport", range, (page: ErrorReport) => page.entries, onPage),
      next: null,
    }),
    denials: (range: Range) => json<DenialReport>("denialReport", range),
    ...createCatalogApi(send, answered, pages),
  };
};

type Answered = <T>(route: RouteName, call: Call) => Promise<T>;
type Pages = <T extends { next?: string | null }>(route: RouteName, query: Query) => AsyncGenerator<T>;

/** What names an entry of the catalog. */
type EntryName = { kind: string; namespace: string | null; name: string };

/** The catalog of policies and profiles. */
const createCatalogApi = (send: Send, answered: Answered, pages: Pages) => {
  const at = ({ kind, namespace, name }: EntryName): Call => ({
    path: { kind, name },
    query: { namespace: namespace ?? undefined },
  });
  return {
    catalog: async (query: Query, onPage: OnPage = () => undefined): Promise<CatalogListResponse> => {
      const entries: CatalogEntryAnswer[] = [];
      let last: CatalogListResponse | undefined;
      for await (last of pages<CatalogListResponse>("catalogList", query)) {
        entries.push(...last.entries);
        onPage(entries.length);
      }
      if (last === undefined) throw new Error("a list has at least one page");
      return { ...last, entries };
    },
    catalogEntry: (entry: EntryName) => answered<CatalogEntryAnswer>("catalogGet", at(entry)),
    catalogDelete: async (entry: EntryName, etag: string): Promise<void> => {
      await send("catalogDelete", { ...at(entry), ifMatch: etag });
    },
    catalogHistory: (entry: EntryName) => answered<CatalogHistoryResponse>("catalogHistory", at(entry)),
    catalogRestore: (entry: EntryName, etag: string | undefined, body: { generation: number; force?: boolean }) =>
      answered<CatalogChangeResponse>("catalogRestore", {
        ...at(entry),
        ...(etag === undefined ? {} : { ifMatch: etag }),
        body,
      }),
    catalogApply: (changes: readonly CatalogChangeInput[], dryRun: boolean) =>
      answered<CatalogApplyResponse>("catalogApply", { body: { changes, ...(dryRun ? { dry_run: true } : {}) } }),
    catalogStatus: () => answered<CatalogStatusResponse>("catalogStatus", {}),
    catalogPrune: (clusterId: string) =>
      answered<CatalogPruneResponse>("catalogPrune", { body: { cluster_id: clusterId } }),
    catalogAccept: (revision: number) => answered<CatalogAcceptResponse>("catalogAccept", { body: { revision } }),
    evaluate: (body: object) => answered<EvaluateResponse>("policyEvaluate", { body }),
    /** The impact of a draft, or a job that works on it. */
    impact: (body: object) => answered<ImpactResponse | JobResponse>("policyImpact", { body }),
    /** Works on a job for some seconds. The job as it is then, or its result. */
    job: (id: string) => answered<ImpactResponse | JobResponse>("job", { id }),
  };
};

// Enough to recognise the server's answer. The values of the fields are not checked.
const FIELDS: Partial<Record<RouteName, readonly string[]>> = {
  licenseGet: ["license", "server_time"],
  seatList: ["used", "max"],
  seatHistory: ["days"],
  seatForecast: ["status", "points"],
  sessionList: ["sessions"],
  sessionKillAll: ["count"],
  operatorList: ["operators"],
  auditList: ["entries"],
  usageReport: ["generalMetrics", "userMetrics"],
  usageTrends: ["days"],
  errorReport: ["entries"],
  denialReport: ["denials", "entries"],
  catalogList: ["revision", "entries"],
  catalogGet: ["kind", "etag", "spec"],
  catalogHistory: ["entries"],
  catalogRestore: ["generation", "outcome"],
  catalogApply: ["revision", "results"],
  catalogStatus: ["revision", "clusters", "entries"],
  catalogPrune: ["removed"],
  catalogAccept: ["revision"],
  policyEvaluate: ["verdict", "reasons"],
};

const objectIn = (body: string, fields: readonly string[]): object => {
  const value = parsed(body);
  if (typeof value !== "object" || value === null) throw foreignError("the answer is not a JSON object");
  const missing = fields.filter((field) => !Object.hasOwn(value, field));
  if (missing.length > 0) throw foreignError(`the answer has no ${missing.join(" and no ")}`);
  return value;
};

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

export type Api = ReturnType<typeof createApi>;

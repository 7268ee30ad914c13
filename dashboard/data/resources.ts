import type {
  DenialReport,
  ErrorReport,
  LicenseGetResponse,
  OperatorListResponse,
  SeatForecastResponse,
  SeatHistoryResponse,
  SeatListResponse,
  SessionListResponse,
  UsageReport,
  UsageTrends,
} from "../../shared/contract/responses.ts";
import type { RouteName } from "../../shared/contract/routes.ts";
import { DAY_MS, type Range, rangeStart, trendDays } from "../model/period.ts";
import type { UserKey } from "../model/place.ts";
import type { Api, Outcome } from "./api.ts";
import { MAX_PAGES, readPages } from "./pages.ts";
import { type Resource, type ResourceOptions, useResource } from "./resource.ts";
import { allSeats } from "./seats.ts";

/** The requests of the dashboard, each with its cache key. */

export const useUsageReport = (range: Range, by: UserKey): Resource<UsageReport> =>
  useResource(`usage ${range} ${by}`, (api, signal) =>
    api("usageReport", { query: { format: "json", from: rangeStart(range, Date.now()), primary_key: by }, signal }),
  );

export const useTrends = (range: Range): Resource<UsageTrends> =>
  useResource(`trends ${range}`, (api, signal) =>
    api("usageTrends", { query: { days: String(trendDays(range)) }, signal }),
  );

/** The numbers without the list of holders: a cheap request. */
export const useSeatNumbers = (): Resource<SeatListResponse> =>
  useResource("seat numbers", (api, signal) => api("seatList", { query: { summary: "true" }, signal }));

export const useSeats = (): Resource<SeatListResponse> => useResource("seats", allSeats);

export const useDenials = (range: Range): Resource<DenialReport> =>
  useResource(`denials ${range}`, (api, signal) =>
    api("denialReport", { query: { from: rangeStart(range, Date.now()) }, signal }),
  );

/** The closed days of a range. */
export const useSeatHistory = (range: Range): Resource<SeatHistoryResponse> =>
  useResource(`seat history ${range}`, (api, signal) =>
    api("seatHistory", { query: { from: rangeStart(range, Date.now()) ?? "0000-01-01T00:00:00Z" }, signal }),
  );

export const useSeatForecast = (): Resource<SeatForecastResponse> =>
  useResource("seat forecast", (api, signal) => api("seatForecast", { signal }));

export const useLicense = (options: ResourceOptions<LicenseGetResponse> = {}): Resource<LicenseGetResponse> =>
  useResource("license", (api, signal) => api("licenseGet", { signal }), options);

export type Paged<Item> = { items: Item[]; complete: boolean };

/** Live data changes all the time, so a reopened view requests it again. */
const LIVE_MAX_AGE_MS = 5_000;

export const useSessions = (): Resource<Paged<SessionListResponse["sessions"][number]>> =>
  useResource(
    "sessions",
    (api, signal) => allPages<SessionListResponse, "sessions">(api, "sessionList", "sessions", {}, signal),
    { maxAgeMs: LIVE_MAX_AGE_MS },
  );

export const useOperators = (): Resource<Paged<OperatorListResponse["operators"][number]>> =>
  useResource(
    "operators",
    (api, signal) => allPages<OperatorListResponse, "operators">(api, "operatorList", "operators", {}, signal),
    { maxAgeMs: LIVE_MAX_AGE_MS },
  );

/** The errors of the last 7 days. */
export const useOperatorErrors = (): Resource<Paged<ErrorReport["entries"][number]>> =>
  useResource("errors", (api, signal) => {
    const from = new Date(Date.now() - 7 * DAY_MS).toISOString();
    return allPages<ErrorReport, "entries">(api, "errorReport", "entries", { from }, signal, 1);
  });

const PAGE_SIZE = 1_000;

/** A whole list, up to `maxPages`. */
const allPages = async <Body extends { next: string | null }, Field extends keyof Body>(
  api: Api,
  route: RouteName,
  field: Field,
  query: Record<string, string>,
  signal: AbortSignal,
  maxPages = MAX_PAGES,
): Promise<Outcome<Paged<Body[Field] extends (infer Item)[] ? Item : never>>> => {
  const pages = await readPages<Body>(api, route, { ...query, limit: String(PAGE_SIZE) }, signal, maxPages);
  if (!pages.ok) return pages;
  const items = pages.value.flatMap((page) => page[field] as (Body[Field] extends (infer Item)[] ? Item : never)[]);
  return { ok: true, value: { items, complete: pages.value.at(-1)?.next === null } };
};

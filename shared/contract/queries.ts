import * as v from "valibot";
import { NamespaceName } from "./catalog.ts";
import { forward } from "./forward.ts";
import { PRIMARY_KEYS } from "./primary-keys.ts";
import { objectMessage, Time, text } from "./requests.ts";

/**
 * The query parameters of each route, read from text into values. An unknown parameter is a fault: a misspelt filter must
 * not return everything.
 */

export const MAX_PAGE_SIZE = 1_000;
export const DEFAULT_PAGE_SIZE = 200;

export const REPORT_FORMATS = ["xlsx", "json", "csv"] as const;

export const UNKNOWN_PARAMETER = "is not a parameter of this route";

// Like `v.strictObject`, which stops at the first unknown parameter. A caller gets all faults at once.
const query = <const TEntries extends v.ObjectEntries>(
  entries: TEntries,
): v.GenericSchema<
  v.InferInput<v.StrictObjectSchema<TEntries, undefined>>,
  v.InferOutput<v.StrictObjectSchema<TEntries, undefined>>
> => v.objectWithRest(entries, v.never(UNKNOWN_PARAMETER), objectMessage);

const pageSize = (max: number) => {
  const message = `must be a whole number, 1 to ${max}`;
  return v.pipe(
    v.string("must be a string"),
    v.regex(/^[0-9]{1,4}$/, message),
    v.transform(Number),
    v.minValue(1, message),
    v.maxValue(max, message),
  );
};

const PageSize = pageSize(MAX_PAGE_SIZE);

const Flag = v.pipe(
  v.picklist(["true", "false"], "must be true or false"),
  v.transform((value) => value === "true"),
);

// An empty range is allowed. A range that ends before it begins is a mistake.
const NOT_IN_ORDER = "must not be earlier than from";
const inOrder = ({ from, to }: { from?: number | undefined; to?: number | undefined }): boolean =>
  from === undefined || to === undefined || from <= to;

/** The longest name or id of a cluster, with `id:` before it. */
const MAX_CLUSTER = 3 + 128;

/** A route that takes no query parameters. */
export const NoQuery = query({});

/** The longest user that a list shows: `name/kubernetes_username@hostname`, with the bounds of each. */
const MAX_SHOWN_USER = 128 + 1 + 253 + 1 + 253;

/** `GET /api/v1/sessions`. */
export const SessionListQuery = query({
  namespace: v.optional(text(128)),
  user: v.optional(text(MAX_SHOWN_USER)),
  cluster: v.optional(text(128)),
  limit: v.optional(PageSize, String(DEFAULT_PAGE_SIZE)),
  cursor: v.optional(text(2_048)),
});

/** `DELETE /api/v1/sessions`. Without parameters: all live sessions. */
export const SessionKillAllQuery = query({
  namespace: v.optional(text(128)),
  user: v.optional(text(MAX_SHOWN_USER)),
  cluster: v.optional(text(128)),
});

/** `GET /api/v1/operators`. */
export const OperatorListQuery = query({
  limit: v.optional(PageSize, String(DEFAULT_PAGE_SIZE)),
  cursor: v.optional(text(2_048)),
});

/** A page may have fewer seats if their names are long. */
export const MAX_SEATS_PER_PAGE = 5_000;

/** `GET /api/v1/catalog`. `cluster` is a name, or `id:` and the cluster's id. */
export const CatalogListQuery = query({
  cluster: v.optional(text(MAX_CLUSTER)),
  limit: v.optional(PageSize, String(DEFAULT_PAGE_SIZE)),
  cursor: v.optional(text(2_048)),
});

/** `GET /api/v1/catalog/{kind}/{name}`, its history and `restore`. */
export const CatalogEntryQuery = query({ namespace: v.optional(NamespaceName) });

/** `PUT` and `DELETE /api/v1/catalog/{kind}/{name}`. */
export const CatalogChangeQuery = query({
  namespace: v.optional(NamespaceName),
  dry_run: v.optional(Flag, "false"),
});

/** `GET /api/v1/seats`. Few organizations have more than one page. */
export const SeatListQuery = query({
  summary: v.optional(Flag, "false"),
  limit: v.optional(pageSize(MAX_SEATS_PER_PAGE), String(MAX_SEATS_PER_PAGE)),
  cursor: v.optional(text(2_048)),
});

/** `GET /api/v1/audit`: `from <= time < to`. */
export const AuditQuery = v.pipe(
  query({
    from: v.optional(Time),
    to: v.optional(Time),
    limit: v.optional(PageSize, String(DEFAULT_PAGE_SIZE)),
    cursor: v.optional(text(2_048)),
  }),
  forward(v.partialCheck([["from"], ["to"]], inOrder, NOT_IN_ORDER), ["to"]),
);

export const MAX_TREND_DAYS = 366;
export const DEFAULT_TREND_DAYS = 30;

const daysMessage = `must be a whole number, 1 to ${MAX_TREND_DAYS}`;

/** `GET /api/v1/reports/usage/trends`: the last `days` days, today included. */
export const UsageTrendsQuery = query({
  days: v.optional(
    v.pipe(
      v.string("must be a string"),
      v.regex(/^[0-9]{1,3}$/, daysMessage),
      v.transform(Number),
      v.minValue(1, daysMessage),
      v.maxValue(MAX_TREND_DAYS, daysMessage),
    ),
    String(DEFAULT_TREND_DAYS),
  ),
});

/** `GET /api/v1/reports/errors`: `from <= time < to`. */
export const ErrorReportQuery = AuditQuery;

/** `GET /api/v1/reports/denials`: whole days in UTC, those of `from <= time < to`. */
export const DenialReportQuery = v.pipe(
  query({ from: v.optional(Time), to: v.optional(Time) }),
  forward(v.partialCheck([["from"], ["to"]], inOrder, NOT_IN_ORDER), ["to"]),
);

export const SEAT_HISTORY_FORMATS = ["json", "csv"] as const;

/** `GET /api/v1/seats/history`: whole days in UTC, those of `from <= time < to`. */
export const SeatHistoryQuery = v.pipe(
  query({
    format: v.optional(v.picklist(SEAT_HISTORY_FORMATS, "must be json or csv"), "json"),
    from: v.optional(Time),
    to: v.optional(Time),
  }),
  forward(v.partialCheck([["from"], ["to"]], inOrder, NOT_IN_ORDER), ["to"]),
);

/** `GET /api/v1/reports/usage`; a session belongs to it if `from <= ended_at < to`. */
export const UsageReportQuery = v.pipe(
  query({
    format: v.picklist(REPORT_FORMATS, "must be xlsx, json or csv"),
    from: v.optional(Time),
    to: v.optional(Time),
    primary_key: v.optional(v.picklist(PRIMARY_KEYS, `must be one of ${PRIMARY_KEYS.join(", ")}`)),
  }),
  forward(v.partialCheck([["from"], ["to"]], inOrder, NOT_IN_ORDER), ["to"]),
);

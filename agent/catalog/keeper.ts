import { type CatalogState, ENTRY_STATES } from "../../shared/contract/catalog.ts";
import type { Metrics } from "../health/metrics.ts";
import type { Kube } from "../kube/kube.ts";
import type { Log } from "../log.ts";
import type { Troubles } from "../troubles.ts";
import type { Outcome } from "../wire/call.ts";
import type { Clock } from "../wire/clock.ts";
import { readSet } from "./fetch.ts";
import { KINDS } from "./kinds.ts";
import { observe } from "./observe.ts";
import { runPass } from "./pass.ts";
import { createRevisions, type Revisions } from "./revisions.ts";
import { createStatusBook, type StatusReports } from "./status.ts";
import type {
  Action,
  CatalogSet,
  CatalogWaits,
  Memory,
  Name,
  Trouble,
  Verdict,
  View,
  Views,
  WriteOutcome,
} from "./types.ts";
import { createWriter } from "./write.ts";

export type CatalogKeeperOptions = {
  kube: Kube;
  /** Fetches the set of this cluster, unless its ETag is the given one. */
  fetchSet: (etag: string | undefined) => Promise<Outcome<unknown>>;
  clock: Clock;
  waits: CatalogWaits;
  metrics: Metrics;
  log: Log;
  troubles: Troubles;
  /** There is something new to report. */
  onStatus: () => void;
  /** The keeper is alive, and will be heard of again within so many milliseconds. */
  onLook: (nextMs: number) => void;
};

export type CatalogKeeper = {
  /** A heartbeat's answer named this revision of the catalog. */
  noted(revision: number): void;
  reports: StatusReports;
  /** What the Lease notes of the catalog. */
  lease: Pick<Revisions, "found" | "annotations">;
  /** All that a restart needs, as JSON data. */
  state(): unknown;
  /** Continues from what `state` returned before a restart. */
  restore(state: unknown): void;
  /** Fetches the set if that is due, and looks at the cluster once. Returns when the next step is due, in milliseconds. */
  step(signal: AbortSignal): Promise<number>;
  /** Keeps the objects of the cluster as the catalog says, until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
};

/** Keeps the policies and profiles of the catalog in the cluster, and puts right what others change in them. */
export const createCatalogKeeper = (options: CatalogKeeperOptions): CatalogKeeper => {
  const { kube, clock, waits, metrics, log, troubles } = options;
  const { now } = clock;
  const book = createStatusBook(now, waits);
  const revisions = createRevisions();
  const memories = new Map<string, Memory>();
  let set: CatalogSet | undefined;
  let etag: string | undefined;
  /** The revision that the server named last, and the one that the set was fetched for. */
  let named: number | undefined;
  let fetchedFor: number | undefined;
  let fetchAt = 0;
  let isAway = false;
  let wakeUp: () => void = () => {};

  const fetchIfDue = async (): Promise<void> => {
    // The server may answer with a set that it read some time ago.
    const isCurrent = named === fetchedFor && (set === undefined || set.revision >= (named ?? 0));
    if (named === undefined || (isCurrent && now() < fetchAt)) return;
    const wanted = named;
    const fetched = readSet(await options.fetchSet(etag));
    isAway = fetched.kind === "failed";
    troubles.set("catalog", fetched.kind === "failed" ? awayFault(fetched.detail) : undefined);
    if (fetched.kind === "failed") return;
    fetchedFor = wanted;
    fetchAt = now() + waits.fetchMs;
    if (fetched.kind === "unchanged") return;
    set = fetched.set;
    etag = fetched.etag;
    const { catalog_id, revision, entries, remove } = set;
    log.info("Fetched the catalog", { catalog_id, revision, entries: entries.length, remove: remove.length });
    if (fetched.unknownKinds.length > 0)
      log.warn("The catalog has kinds that this agent does not support. Upgrade the agent", {
        kinds: fetched.unknownKinds,
      });
  };

  const onCall = (type: Action["type"] | "remove", outcome: WriteOutcome, isRepair: boolean): void => {
    metrics.add("catalog_calls_total", { call: isRepair ? "repair" : type, outcome: outcome.kind });
  };

  const report = (state: CatalogState, revision: number, verdicts: readonly (Name & Verdict)[]): void => {
    if (set === undefined) return;
    const counts = countsOf(verdicts);
    for (const each of STATES) metrics.set("catalog_entries", counts.get(each) ?? 0, { state: each });
    metrics.set("catalog_revision", revision);
    for (const each of STATES) troubles.set(`catalog-${each}`, troubleOf(each, verdicts));
    if (book.note({ catalog_id: set.catalog_id, revision, state }, verdicts)) options.onStatus();
  };

  /** One look at the cluster. Returns when the next is due, in milliseconds. */
  const look = async (current: CatalogSet, signal: AbortSignal): Promise<number> => {
    const views = await observe(kube, now, signal);
    // The watches report an API server that cannot be reached. It says nothing of the entries.
    if (KINDS.every((kind) => isUnanswered(views[kind]))) return waits.passMs;
    const highest = revisions.highest(current.catalog_id, views);
    const wentBack = current.revision < highest;
    troubles.set("catalog-went-back", wentBack ? wentBackFault(current.revision, highest) : undefined);
    if (wentBack) {
      report("catalog_went_back", highest, []);
      return waits.passMs;
    }
    const writer = createWriter(kube, { catalogId: current.catalog_id, revision: current.revision }, signal);
    const result = await runPass({ set: current, views, memories, writer, now, waits, onCall, signal });
    if (signal.aborted) return waits.passMs;
    troubles.set("catalog-api-server", result.unavailable && unavailableFault(result.unavailable));
    if (result.unavailable === undefined) revisions.applied(current);
    report(stateOf(current, views), current.revision, result.verdicts);
    return result.nextMs;
  };

  const stateOf = (current: CatalogSet, views: Views): CatalogState => {
    if (isAway) return "away";
    return hasOtherCatalog(views, current.catalog_id) ? "other_catalog" : "applied";
  };

  const step = async (signal: AbortSignal): Promise<number> => {
    await fetchIfDue();
    return set === undefined || signal.aborted ? waits.passMs : look(set, signal);
  };

  return {
    step,
    noted: (revision) => {
      const isNew = revision !== named;
      named = revision;
      if (isNew) wakeUp();
    },
    reports: book,
    state: book.state,
    restore: book.restore,
    lease: revisions,
    run: async (signal) => {
      signal.addEventListener("abort", () => wakeUp(), { once: true });
      while (!signal.aborted) {
        const woken = new AbortController();
        wakeUp = () => woken.abort();
        const ms = await step(signal);
        options.onLook(ms);
        if (!signal.aborted) await clock.sleep(ms, woken.signal);
      }
    },
  };
};

// Only the server sees that two clusters have one name.
const STATES = ["applied", ...ENTRY_STATES.filter((state) => state !== "duplicate_name")] as const;

const countsOf = (verdicts: readonly Verdict[]): Map<Verdict["state"], number> => {
  const counts = new Map<Verdict["state"], number>();
  for (const { state } of verdicts) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
};

const WHATS: Readonly<Record<Trouble, string | undefined>> = {
  // These end without anybody's help, or nobody needs to act at once.
  pending: undefined,
  orphaned: undefined,
  waiting: "waits for a profile",
  unsupported: "is not supported by this cluster",
  conflict: "has the name of an object of somebody else",
  contested: "is changed by somebody else again and again",
  forbidden: "must not be applied by this agent",
  failed: "cannot be applied",
};

const troubleOf = (state: Verdict["state"], verdicts: readonly (Name & Verdict)[]): string | undefined => {
  const what = state === "applied" ? undefined : WHATS[state];
  const [first, ...others] = verdicts.filter((verdict) => verdict.state === state);
  if (what === undefined || first === undefined) return undefined;
  const place = first.namespace === null ? first.name : `${first.namespace}/${first.name}`;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return `${first.kind} ${place} ${what}${more}: ${first.message ?? ""}`;
};

const isUnanswered = (view: View): boolean => view.kind === "unreadable" && view.state === "failed";

const hasOtherCatalog = (views: Views, catalogId: string): boolean =>
  KINDS.some((kind) => {
    const view = views[kind];
    return (
      view.kind === "listed" &&
      [...view.objects.values()].some(({ stamp }) => stamp !== undefined && stamp.catalogId !== catalogId)
    );
  });

const awayFault = (detail: string): string =>
  `The catalog cannot be fetched: ${detail}. The policies and profiles in the cluster stay as they are.`;

const wentBackFault = (revision: number, highest: number): string =>
  `The catalog of the license server is at revision ${revision}, and this cluster has had ${highest}. The agent changes nothing. If the table was restored, run license-server policy accept.`;

const unavailableFault = (detail: string): string =>
  `The API server cannot apply the catalog at present: ${detail}. The agent tries again.`;

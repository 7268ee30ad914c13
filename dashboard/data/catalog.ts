import type {
  CatalogApplyResponse,
  CatalogChangeResponse,
  CatalogHistoryResponse,
  CatalogListResponse,
  CatalogStatusResponse,
} from "../../shared/contract/catalog-answers.ts";
import type { ImpactResponse, JobResponse } from "../../shared/contract/policy-answers.ts";
import type { YamlEntry } from "../../shared/policies/yaml/parse.ts";
import type { Entry } from "../model/catalog.ts";
import { keyOf } from "../model/policy-text.ts";
import type { Api, CallOptions, Outcome } from "./api.ts";
import { readPages } from "./pages.ts";
import { type Resource, useResource } from "./resource.ts";

/** The requests of the catalog. */

/** Others change the catalog too, so a reopened view requests it again. */
const MAX_AGE_MS = 5_000;

export type Catalog = { revision: number; entries: Entry[] };

export const useCatalog = (): Resource<Catalog> =>
  useResource(
    "catalog",
    async (api, signal) => {
      const pages = await readPages<CatalogListResponse>(api, "catalogList", {}, signal);
      if (!pages.ok) return pages;
      const [{ revision }] = pages.value;
      return { ok: true, value: { revision, entries: pages.value.flatMap(({ entries }) => entries) } };
    },
    { maxAgeMs: MAX_AGE_MS },
  );

export const useCatalogStatus = (): Resource<CatalogStatusResponse> =>
  useResource("catalog status", (api, signal) => api("catalogStatus", { signal }), { maxAgeMs: MAX_AGE_MS });

type Named = Pick<Entry, "kind" | "namespace" | "name">;

const at = ({ kind, namespace, name }: Named): CallOptions => ({
  path: { kind, name },
  query: { namespace: namespace ?? undefined },
});

export const useHistory = (entry: Entry): Resource<CatalogHistoryResponse> =>
  useResource(`history ${keyOf(entry)} ${entry.etag}`, (api, signal) =>
    api("catalogHistory", { ...at(entry), signal }),
  );

export const readEntry = (api: Api, named: Named): Promise<Outcome<Entry>> => api("catalogGet", at(named));

export type Save = {
  entries: readonly YamlEntry[];
  /** The versions that the author has seen, by the key of their entry. */
  etags: ReadonlyMap<string, string>;
  allowUnknown: boolean;
  force: boolean;
};

/** Puts entries into the catalog, all or none; with `dryRun`, answers only what would change. */
export const saveEntries = (
  api: Api,
  { entries, etags, allowUnknown, force }: Save,
  dryRun: boolean,
): Promise<Outcome<CatalogApplyResponse>> =>
  api("catalogApply", {
    body: {
      changes: entries.map((entry) => {
        const etag = etags.get(keyOf(entry));
        return {
          action: "put",
          ...wireOf(entry),
          ...(allowUnknown ? { allow_unknown: true } : {}),
          ...(force ? { force: true } : {}),
          ...(etag === undefined ? {} : { if_match: etag }),
        };
      }),
      ...(dryRun ? { dry_run: true } : {}),
    },
  });

const wireOf = ({ kind, name, namespace, clusters, spec }: YamlEntry) => ({
  kind,
  name,
  ...(namespace === null ? {} : { namespace }),
  ...(clusters === undefined ? {} : { clusters }),
  spec,
});

/**
 * What an entry would have done to recorded sessions: from the sums of days where they serve, else from each session.
 * `onProgress` gets the number of sessions read so far; with false it ends the work.
 */
export const readImpact = async (
  api: Api,
  entry: YamlEntry,
  { days, eachSession }: { days: number; eachSession: boolean },
  onProgress: (sessions: number) => boolean,
): Promise<Outcome<ImpactResponse>> => {
  const body = { draft: wireOf(entry), days, ...(eachSession ? { each_session: true } : {}) };
  let outcome = await api<ImpactResponse | JobResponse>("policyImpact", { body });
  // Each request works on the job for some seconds.
  while (outcome.ok && "job" in outcome.value) {
    const { id, sessions } = outcome.value.job;
    if (!onProgress(sessions)) break;
    outcome = await api<ImpactResponse | JobResponse>("job", { id });
  }
  return outcome as Outcome<ImpactResponse>;
};

export const deleteEntry = (api: Api, entry: Entry): Promise<Outcome<unknown>> =>
  api("catalogDelete", { ...at(entry), ifMatch: entry.etag });

export const restoreEntry = (api: Api, entry: Entry, generation: number): Promise<Outcome<CatalogChangeResponse>> =>
  api("catalogRestore", { ...at(entry), ifMatch: entry.etag, body: { generation } });

import * as v from "valibot";
import { CATALOG_KINDS } from "../../../contract/catalog.ts";
import type { CatalogHistoryResponse, CatalogListResponse } from "../../../contract/catalog-answers.ts";
import { CatalogEntryQuery, CatalogListQuery } from "../../../contract/queries.ts";
import { readClusterRecord } from "../../../policies/catalog/cluster-record.ts";
import { clusterOf } from "../../../policies/catalog/cluster-set.ts";
import { type CatalogEntry, entryText } from "../../../policies/catalog/entry.ts";
import { historyOf } from "../../../policies/catalog/history.ts";
import { warningsOf } from "../../../policies/catalog/plan.ts";
import type { CatalogReader } from "../../../policies/catalog/read.ts";
import { matchesCluster } from "../../../policies/clusters.ts";
import type { Cluster } from "../../../policies/types.ts";
import { entriesToYaml } from "../../../policies/yaml/write.ts";
import { prefers } from "../../accept.ts";
import { readCursor, writeCursor } from "../../cursor.ts";
import type { Endpoint } from "../../handler.ts";
import { parseQuery } from "../../parse.ts";
import { ApiProblem } from "../../problem.ts";
import type { ApiRequest } from "../../request.ts";
import { type ApiResponse, json } from "../../response.ts";
import type { Runtime } from "../../runtime.ts";
import { shownNames } from "../../shown-names.ts";
import { agentSet } from "./agent-set.ts";
import { clustersFor } from "./deps.ts";
import { entryIdFaults, entryIdOf } from "./entry-id.ts";
import { shownEntry } from "./shown.ts";

/** The media type of YAML (RFC 9512). */
const YAML = { type: "application/yaml" };

/** A page ends at this size, because Lambda answers at most 6 MB. */
const MAX_PAGE_BYTES = 3 * 1024 * 1024;

/** `GET /api/v1/catalog`: entries in pages of one revision. An agent gets the set of its own cluster. */
export const getCatalog = (runtime: Runtime, read: CatalogReader): Endpoint => {
  const forAgent = agentSet(runtime, read);
  return async (request, call) =>
    call.principal.kind === "access" ? listEntries(runtime, read, request, call.now) : forAgent(request, call);
};

const Cursor = v.strictObject({ revision: v.number(), after: v.string() });

const listEntries = async (
  runtime: Runtime,
  read: CatalogReader,
  request: ApiRequest,
  now: number,
): Promise<ApiResponse> => {
  const { cluster, limit, cursor } = parseQuery(request, CatalogListQuery);
  const position = cursor === undefined ? undefined : readCursor(cursor, Cursor);
  const catalog = await read(now);
  if (position !== undefined && position.revision !== catalog.revision)
    throw new ApiProblem("Conflict", "The catalog changed between two pages. Read it again from its first page");
  const wanted = cluster === undefined ? undefined : await clusterNamed(runtime, cluster);
  const rest = catalog.live
    .filter((entry) => wanted === undefined || matchesCluster(entry.clusters, wanted))
    .map((entry) => ({ entry, key: sortKeyOf(entry) }))
    .filter(({ key }) => position === undefined || key > position.after)
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  const [names, clusters] = [
    await shownNames(runtime),
    await clustersFor(
      runtime,
      rest.map(({ entry }) => entry),
    ),
  ];
  const isYaml = wantsYaml(request);
  const parts: { entry: CatalogEntry; key: string; text: string }[] = [];
  let bytes = 0;
  for (const { entry, key } of rest.slice(0, limit)) {
    const text = isYaml
      ? entriesToYaml([entry])
      : JSON.stringify(shownEntry(entry, warningsOf(entry, catalog.live, clusters), names));
    bytes += Buffer.byteLength(text);
    if (parts.length > 0 && bytes > MAX_PAGE_BYTES) break;
    parts.push({ entry, key, text });
  }
  const last = parts.length < rest.length ? parts.at(-1) : undefined;
  const next = last === undefined ? null : writeCursor({ revision: catalog.revision, after: last.key });
  if (isYaml)
    return yaml(parts.map(({ text }) => text).join("---\n"), next === null ? {} : { link: nextLink(request, next) });
  const body: CatalogListResponse = {
    catalog_id: catalog.catalogId ?? null,
    revision: catalog.revision,
    entries: parts.map(({ text }) => JSON.parse(text) as CatalogListResponse["entries"][number]),
    next,
  };
  return json(200, body);
};

// In the order of the table's keys.
const sortKeyOf = ({ kind, namespace, name }: CatalogEntry): string =>
  `${CATALOG_KINDS.indexOf(kind)}#${namespace ?? ""}#${name}`;

const BY_ID = "id:";

// The name of a known cluster counts, too, if it is named by its id.
const clusterNamed = async ({ table }: Pick<Runtime, "table">, cluster: string): Promise<Cluster> => {
  if (!cluster.startsWith(BY_ID)) return { id: undefined, name: cluster };
  return clusterOf(await readClusterRecord(table, cluster.slice(BY_ID.length), { consistent: false }));
};

const wantsYaml = (request: ApiRequest): boolean => prefers(request.header("accept"), YAML, "application/json");

const yaml = (body: string, headers: Record<string, string>): ApiResponse => ({
  status: 200,
  headers: { "content-type": YAML.type, vary: "accept", ...headers },
  body,
});

// Relative, because the base path is not known here (RFC 8288).
const nextLink = ({ query }: ApiRequest, next: string): string => {
  const parameters = new URLSearchParams(query.parameters);
  parameters.set("cursor", next);
  return `<?${parameters}>; rel="next"`;
};

/** `GET /api/v1/catalog/{kind}/{name}`: one entry, with its validator in `ETag`. */
export const getEntry =
  (runtime: Runtime, read: CatalogReader): Endpoint =>
  async (request, call) => {
    const { namespace } = parseQuery(request, CatalogEntryQuery, { faults: entryIdFaults(call, request) });
    const id = entryIdOf(call, namespace);
    const catalog = await read(call.now);
    const entry = catalog.live.find((each) => entryText(each) === entryText(id));
    if (entry === undefined) throw new ApiProblem("NotFound", `The catalog has no ${entryText(id)}`);
    const headers = { etag: entry.etag };
    if (wantsYaml(request)) return yaml(entriesToYaml([entry]), headers);
    const warnings = warningsOf(entry, catalog.live, await clustersFor(runtime, [entry]));
    return json(200, shownEntry(entry, warnings, await shownNames(runtime)), { vary: "accept", ...headers });
  };

/** `GET /api/v1/catalog/{kind}/{name}/history`: the last generations, the newest first. */
export const getHistory =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    const { namespace } = parseQuery(request, CatalogEntryQuery, { faults: entryIdFaults(call, request) });
    const id = entryIdOf(call, namespace);
    const generations = await historyOf(runtime.table, id);
    if (generations.length === 0) throw new ApiProblem("NotFound", `The catalog never had a ${entryText(id)}`);
    const names = await shownNames(runtime);
    const body: CatalogHistoryResponse = { entries: generations.map((entry) => shownEntry(entry, [], names)) };
    return json(200, body);
  };

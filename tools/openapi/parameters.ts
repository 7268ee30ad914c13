import type { JsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { CatalogKindName, ObjectName } from "../../shared/contract/catalog.ts";
import { PATH_ID_EXAMPLES, QUERY_EXAMPLES } from "../../shared/contract/examples.ts";
import {
  DEFAULT_PAGE_SIZE,
  DEFAULT_TREND_DAYS,
  MAX_PAGE_SIZE,
  MAX_SEATS_PER_PAGE,
  MAX_TREND_DAYS,
} from "../../shared/contract/queries.ts";
import { Id } from "../../shared/contract/requests.ts";
import { hasPathId, isPairRoute, type RouteName } from "../../shared/contract/routes.ts";
import { inlineSchema, propertiesOf } from "./schemas.ts";

type ParameterDoc = {
  readonly description: string;
  /** The schema of the value, where the schema of its text says less. */
  readonly schema?: JsonSchema;
};

const DOCS: Readonly<Record<string, ParameterDoc>> = {
  namespace: { description: "Only sessions against targets in this Kubernetes namespace." },
  user: {
    description:
      "Only sessions of this user: a Kubernetes user, a machine's user, a full name, a machine's id, or a user as a list shows them.",
  },
  cluster: { description: "Only sessions in the cluster of this name." },
  limit: {
    description: "The largest number of entries of a page.",
    schema: { type: "integer", minimum: 1, maximum: MAX_PAGE_SIZE, default: DEFAULT_PAGE_SIZE },
  },
  cursor: { description: "`next` of the previous page; opaque." },
  dry_run: { description: "Change nothing, and return the difference.", schema: { type: "boolean", default: false } },
  summary: { description: "Leave the seats out.", schema: { type: "boolean", default: false } },
  format: { description: "The form of the report." },
  days: {
    description: "How many days, including today.",
    schema: { type: "integer", minimum: 1, maximum: MAX_TREND_DAYS, default: DEFAULT_TREND_DAYS },
  },
  from: { description: "The start of the period; without it, the period begins with the first usage." },
  to: { description: "The end of the period, not included; the default is now." },
  primary_key: {
    description:
      "What counts as one user: the machine, the Kubernetes user, the machine's user, its host name, or the person (the first known one of Kubernetes user, machine's user and machine). The default follows the license's tracking mode.",
  },
};

/** Parameters whose description differs for one route. */
const OF_NAMESPACED: Readonly<Record<string, ParameterDoc>> = {
  namespace: {
    description:
      "The namespace of the object. Required for MirrordPolicy and MirrordProfile, absent for the other kinds.",
  },
};

const OF_ROUTE: Partial<Record<RouteName, Readonly<Record<string, ParameterDoc>>>> = {
  catalogList: {
    cluster: { description: "Only the entries of this cluster: its name, or `id:` and its id." },
  },
  catalogGet: OF_NAMESPACED,
  catalogPut: OF_NAMESPACED,
  catalogDelete: OF_NAMESPACED,
  catalogHistory: OF_NAMESPACED,
  catalogRestore: OF_NAMESPACED,
  seatHistory: {
    from: { description: "The first day; without it, the last 30 days." },
    to: { description: "The end, not included; the default is now." },
  },
  seatList: {
    limit: {
      description: "The largest number of seats of a page.",
      schema: { type: "integer", minimum: 1, maximum: MAX_SEATS_PER_PAGE, default: MAX_SEATS_PER_PAGE },
    },
  },
};

/** The parameters of an operation: the id in its path, and its query. Throws for a parameter without a description. */
export const parametersOf = (route: { name: RouteName; path: string }, query: v.GenericSchema): object[] => {
  const schema = inlineSchema(query);
  const inQuery = Object.entries(propertiesOf(schema)).map(([name, property]) => {
    const doc = OF_ROUTE[route.name]?.[name] ?? DOCS[name];
    if (doc === undefined) throw new Error(`query parameter ${name} of ${route.name} is not described`);
    const example = queryExample(route.name, name);
    return {
      name,
      in: "query",
      required: schema.required?.includes(name) ?? false,
      description: doc.description,
      schema: doc.schema ?? property,
      ...(example === undefined ? {} : { example }),
    };
  });
  return [...pathParameters(route), ...inQuery];
};

const pathParameters = (route: { name: RouteName; path: string }): object[] => {
  if (isPairRoute(route)) return PAIR;
  if (!hasPathId(route)) return [];
  return [
    {
      name: "id",
      in: "path",
      required: true,
      description: "The id, percent-encoded: a slash in it becomes `%2F`.",
      schema: inlineSchema(Id),
      example: Object.entries(PATH_ID_EXAMPLES).find(([name]) => name === route.name)?.[1],
    },
  ];
};

const PAIR = [
  {
    name: "kind",
    in: "path",
    required: true,
    description: "The kind of the object.",
    schema: inlineSchema(CatalogKindName),
    example: "MirrordPolicy",
  },
  {
    name: "name",
    in: "path",
    required: true,
    description: "The name of the object.",
    schema: inlineSchema(ObjectName),
    example: "no-steal",
  },
];

// The example as a value, not as text.
const queryExample = (route: RouteName, name: string): unknown => {
  const examples: Partial<Record<RouteName, Record<string, string>>> = QUERY_EXAMPLES;
  const text = examples[route]?.[name];
  const type = DOCS[name]?.schema?.type;
  return text !== undefined && (type === "integer" || type === "boolean") ? (JSON.parse(text) as unknown) : text;
};

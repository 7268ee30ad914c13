import { readFile } from "node:fs/promises";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { AGENT_REQUEST_EXAMPLES, REQUEST_EXAMPLES } from "../../../shared/contract/examples.ts";
import { HEARTBEAT_LIMITS } from "../../../shared/contract/requests.ts";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";
import { type Credential, ROUTES, type RouteName } from "../../../shared/contract/routes.ts";
import { parseTime } from "../../../shared/contract/time.ts";
import { openApiDocument } from "../../../tools/openapi/document.ts";
import { OPERATIONS } from "../../../tools/openapi/operations.ts";
import { COMPONENTS, type ComponentName } from "../../../tools/openapi/schemas.ts";
import { faultsOf, withValue } from "./faults.ts";

type Content = Record<
  string,
  { schema?: { $ref?: string }; example?: unknown; examples?: Record<string, { value?: unknown }> }
>;
type Operation = {
  operationId: string;
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; schema: object; example?: unknown }[];
  requestBody?: { content: Content };
  responses: Record<string, { headers?: Record<string, unknown>; content?: Content }>;
};

const FILE = new URL("../../../shared/contract/openapi.json", import.meta.url);
const document = JSON.parse(JSON.stringify(openApiDocument(packageJson.version))) as ReturnType<typeof openApiDocument>;

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    ...(operation as Operation),
  })),
);

const ajv = new Ajv2020({
  allErrors: true,
  allowUnionTypes: true,
  formats: {
    "date-time": (text) => parseTime(text) !== undefined,
    date: (text) => parseTime(`${text}T00:00:00Z`) !== undefined,
  },
});
ajv.addVocabulary(Object.keys(document));
ajv.addSchema(document, "openapi.json");

const jsonSchema = (name: string): ValidateFunction => {
  const validate = ajv.getSchema(`openapi.json#/components/schemas/${name}`);
  if (validate === undefined) throw new Error(`there is no schema ${name}`);
  return validate;
};

const componentOf = (ref: string | undefined): ComponentName => {
  const name = ref?.replace("#/components/schemas/", "");
  if (name === undefined || !Object.hasOwn(COMPONENTS, name)) throw new Error(`${ref} is no component`);
  return name as ComponentName;
};

const bodies = operations.flatMap(({ operationId, requestBody }) => {
  const json = requestBody?.content["application/json"];
  if (json === undefined) return [];
  const name = componentOf(json.schema?.$ref);
  const examples =
    json.examples === undefined ? [json.example] : Object.values(json.examples).map(({ value }) => value);
  return examples.map((example) => ({ operationId, name, example }));
});

const answers = operations.flatMap(({ operationId, responses }) =>
  Object.entries(responses).flatMap(([status, { content }]) => {
    const json = content?.["application/json"];
    return json?.schema?.$ref === undefined
      ? []
      : [{ operationId, status, name: componentOf(json.schema.$ref), example: json.example }];
  }),
);

const bounded = operations.flatMap(({ operationId, parameters = [] }) =>
  parameters
    .map(({ name, schema }) => ({
      operationId,
      name,
      ...(schema as { minimum?: number; maximum?: number; default?: number }),
    }))
    .filter(({ maximum }) => maximum !== undefined),
);

describe("a parameter that is a number", () => {
  it.each(bounded)(
    "of $operationId, $name, is taken within its bounds alone, and has its default",
    ({ operationId, name, ...of }) => {
      const { query } = OPERATIONS[operationId as RouteName];
      const isTaken = (value = Number.NaN) => v.safeParse(query, { [name]: String(value) }).success;
      expect([of.minimum, of.maximum].map((value) => isTaken(value))).toEqual([true, true]);
      expect([Number(of.minimum) - 1, Number(of.maximum) + 1].map((value) => isTaken(value))).toEqual([false, false]);
      expect(v.parse(query, {})).toMatchObject({ [name]: of.default });
    },
  );
});

describe("the OpenAPI document", () => {
  it("lies in the repository as the contract makes it", async () => {
    const text = await readFile(FILE, "utf8");
    expect(text, "stale: run `npm run openapi`").toBe(`${JSON.stringify(document, undefined, 2)}\n`);
  });

  it("has every route exactly once, and nothing else", () => {
    const described = operations.map(({ method, path, operationId }) => `${operationId} ${method} ${path}`);
    expect(described.toSorted()).toEqual(
      ROUTES.map(({ name, method, path }) => `${name} ${method} ${path}`).toSorted(),
    );
  });

  it("asks for the credentials that the routes ask for", () => {
    const schemeOf = (credential: Credential) => {
      if (credential === "key") return { licenseKey: [] };
      return credential === "lease" ? { leaseToken: [] } : { accessToken: [credential] };
    };
    for (const { name, auth } of ROUTES) {
      const operation = operations.find(({ operationId }) => operationId === name);
      expect({ name, security: operation?.security }).toEqual({
        name,
        security: auth.map(schemeOf),
      });
      expect({ name, has401: operation?.responses["401"] !== undefined }).toEqual({ name, has401: auth.length > 0 });
    }
    expect(Object.keys(document.components.securitySchemes).toSorted()).toEqual([
      "accessToken",
      "leaseToken",
      "licenseKey",
    ]);
  });

  it("declares the id of every path that has one", () => {
    for (const { path, parameters = [] } of operations) {
      const declared = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => `{${name}}`);
      expect({ path, declared }).toEqual({ path, declared: path.match(/\{\w+\}/g) ?? [] });
    }
  });

  it("points nowhere that does not exist", () => {
    const refs = [...new Set(JSON.stringify(document).match(/#\/components\/[\w/]+/g))];
    expect(refs.length).toBeGreaterThan(0);
    const missing = refs.filter(
      (ref) =>
        ref
          .slice(2)
          .split("/")
          .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document) === undefined,
    );
    expect(missing).toEqual([]);
  });

  it("announces Retry-After on every 429 and 503", () => {
    for (const { responses } of operations)
      for (const [status, { headers }] of Object.entries(responses))
        expect({ status, retryAfter: headers?.["Retry-After"] !== undefined }).toEqual({
          status,
          retryAfter: status === "429" || status === "503",
        });
  });

  it("shows times, bounds and the limits of a heartbeat, which the decoder checks elsewhere", () => {
    const { Heartbeat, SessionStart, LockedPort } = document.components.schemas;
    expect(SessionStart.properties?.["started_at"]).toMatchObject({ type: "string", format: "date-time" });
    expect(SessionStart.properties?.["branch"]).toMatchObject({
      anyOf: [{ minLength: 1, maxLength: 255 }, { type: "null" }],
    });
    expect(LockedPort.properties?.["port"]).toEqual({ type: "integer", minimum: 1, maximum: 65_535 });
    for (const [list, event] of [
      ["started", "SessionStart"],
      ["ended", "SessionEndEvent"],
      ["changed", "SessionChangeEvent"],
      ["errors", "OperatorErrorEvent"],
    ] as const)
      expect(Heartbeat.properties?.[list]).toMatchObject({
        anyOf: [
          { items: { $ref: `#/components/schemas/${event}` }, maxItems: HEARTBEAT_LIMITS[list] },
          { type: "null" },
        ],
      });
  });
});

describe("examples", () => {
  it("stand with every body and every JSON answer", () => {
    expect([...new Set(bodies.map(({ operationId }) => operationId))].toSorted()).toEqual(
      Object.keys(REQUEST_EXAMPLES).toSorted(),
    );
    expect(bodies).toHaveLength(Object.keys(REQUEST_EXAMPLES).length + Object.keys(AGENT_REQUEST_EXAMPLES).length);
    expect([...new Set(answers.map(({ operationId }) => operationId))].toSorted()).toEqual(
      Object.keys(RESPONSE_EXAMPLES).toSorted(),
    );
    for (const { operationId, example } of [...bodies, ...answers]) expect(example, operationId).toBeTypeOf("object");
  });

  it.each([...bodies, ...answers])("of $operationId are good by the decoder's schema and by the document's", (item) => {
    const validate = jsonSchema(item.name);
    validate(item.example);
    expect(validate.errors ?? []).toEqual([]);
    expect(faultsOf(COMPONENTS[item.name], item.example)).toEqual([]);
  });

  it.each([
    ["SessionStart", REQUEST_EXAMPLES.heartbeat.started],
    ["SessionEndEvent", REQUEST_EXAMPLES.heartbeat.ended],
    ["SessionChangeEvent", REQUEST_EXAMPLES.heartbeat.changed],
    ["OperatorErrorEvent", REQUEST_EXAMPLES.heartbeat.errors],
    ["SessionStart", AGENT_REQUEST_EXAMPLES.heartbeat.started],
    ["SessionEndEvent", AGENT_REQUEST_EXAMPLES.heartbeat.ended],
    ["SessionChild", AGENT_REQUEST_EXAMPLES.heartbeat.children],
    ["SessionStopEvent", AGENT_REQUEST_EXAMPLES.heartbeat.stopped],
  ] as const)("of a heartbeat's %s are good, each on its own", (name, events) => {
    for (const event of events) expect(faultsOf(COMPONENTS[name], event)).toEqual([]);
  });

  it.each([...bodies, ...answers])("of $operationId are refused by both without a field that must be there", (item) => {
    const { required = [] } = document.components.schemas[item.name];
    expect(required.length).toBeGreaterThan(0);
    for (const field of required) {
      const broken = withValue(item.example as object, field, undefined);
      expect({ field, valid: jsonSchema(item.name)(broken) }).toEqual({ field, valid: false });
      expect(faultsOf(COMPONENTS[item.name], broken)).not.toEqual([]);
    }
  });

  it.each(Object.entries(document.components.examples))("of the problem %s are good", (_code, { value }) => {
    const validate = jsonSchema("Problem");
    validate(value);
    expect(validate.errors ?? []).toEqual([]);
    expect(faultsOf(COMPONENTS.Problem as v.GenericSchema, value)).toEqual([]);
  });

  it.each(
    operations.flatMap(({ operationId, parameters = [] }) => parameters.map((item) => ({ operationId, ...item }))),
  )("of $operationId's parameter $name are good", ({ schema, example }) => {
    if (example !== undefined) expect(ajv.validate(schema, example)).toBe(true);
  });
});

describe("the decoder and the document", () => {
  it.each([
    ["session_id", "a b"],
    ["session_id", "x".repeat(129)],
    ["started_at", "2026-02-30T00:00:00Z"],
    ["branch", ""],
    ["branch", "x".repeat(256)],
    ["branch", "a\nb"],
    ["branch", "a\u202eb"],
    ["ci", "true"],
    ["client.kubernetes_username", "x".repeat(254)],
    ["target.name", null],
    ["locked_ports", Array(65).fill({ port: 80, kind: "steal" })],
    ["locked_ports.0.port", 65_536],
    ["features", ["\0"]],
  ])("both refuse %s = %j", (path, value) => {
    const broken = withValue(REQUEST_EXAMPLES.sessionStart, path, value);
    expect(faultsOf(COMPONENTS.SessionStart, broken)).not.toEqual([]);
    expect(jsonSchema("SessionStart")(broken)).toBe(false);
  });
});

import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");

const DEPLOYING = /^(aws-cdk-lib|cdk-nag|constructs)\b/;
const SDK_OR_DEPLOYING = /^(@aws-sdk\/|aws-cdk-lib\b|cdk-nag\b|constructs\b)/;
const TABLE_OR_DEPLOYING = /^(@aws-sdk\/(client|lib|util)-dynamodb|aws-cdk-lib|cdk-nag|constructs)\b/;

type Layer = {
  folder: string;
  /** Folders it may import from, beside its own. */
  may: readonly string[];
  /** Packages it must not load. */
  never: RegExp;
};

/** Imports go one way. A file belongs to the first layer whose folder it is in. */
const LAYERS: readonly Layer[] = [
  // A synth never loads the SDK, nor any code that runs in a function.
  { folder: "infra", may: ["shared/contract", "shared/patterns"], never: /^(@aws-sdk\/|@middy\/)/ },
  { folder: "functions", may: ["shared"], never: DEPLOYING },
  // Pure data that everything agrees on, light enough for a synth.
  { folder: "shared/contract", may: [], never: /^(?!valibot$|node:crypto$)/ },
  // Light too: a synth checks patterns, and what meets a configured pattern loads it.
  { folder: "shared/patterns", may: ["shared/contract"], never: /^(?!re2js$)/ },
  { folder: "shared/telemetry", may: ["shared/contract"], never: SDK_OR_DEPLOYING },
  { folder: "shared/store", may: ["shared/contract"], never: DEPLOYING },
  // The domain reaches DynamoDB through the store alone; its parts build on one another in this order.
  ...layered([
    "privacy",
    "licensing",
    "operators",
    "usage",
    "seats",
    "policies",
    "sessions",
    "heartbeat",
    "day-close",
    "data-care",
    "notices",
    "events",
    "reports",
  ]),
  // What a job's handler is put together from: the run's clock, deadline and log, nothing of HTTP or of what is done.
  { folder: "shared/jobs", may: ["shared/contract", "shared/telemetry"], never: TABLE_OR_DEPLOYING },
  // What a handler is put together from; nothing in shared knows HTTP but this.
  { folder: "shared/http", may: ["shared"], never: TABLE_OR_DEPLOYING },
  // The local server runs the handlers; nothing else but tests knows them.
  // The process that runs in a cluster: of the server it has the contract. It is never bundled into a function.
  { folder: "agent/wire", may: ["shared/contract"], never: /^(?!valibot$|jose$|node:)/ },
  {
    folder: "agent",
    may: ["shared/contract"],
    never: /^(?!@kubernetes\/client-node$|valibot$|jose$|undici$|@peculiar\/x509$|node:)/,
  },
  { folder: "tools/local", may: ["tools", "functions", "shared", "dashboard"], never: DEPLOYING },
  // What functions serve is built from the page's source and the contract.
  { folder: "tools/documents", may: ["tools", "shared", "dashboard"], never: DEPLOYING },
  // The image has the license texts of what is bundled, as the page has.
  { folder: "tools/agent-image", may: ["tools", "agent", "shared", "dashboard"], never: DEPLOYING },
  // What is deployed is bundled once more, the page included, to look at what is in it.
  { folder: "tools/verify", may: ["tools", "agent", "shared", "dashboard"], never: DEPLOYING },
  // What a deployment costs is counted from its templates.
  { folder: "tools/cost", may: ["tools", "shared", "infra"], never: /^@aws-sdk\// },
  // The account is compared with the configuration of the deployment.
  { folder: "tools/cli/preflight", may: ["tools", "shared", "infra"], never: DEPLOYING },
  { folder: "tools", may: ["shared", "agent"], never: DEPLOYING },
  // A page for a browser: of the server it knows the contract, the checks of a policy's text, and the cells of a CSV file.
  {
    folder: "dashboard",
    may: [
      "shared/contract",
      "shared/patterns",
      "shared/policies/spec",
      "shared/policies/yaml",
      "shared/reports/csv-field.ts",
    ],
    never: /^(?!preact|uplot|esbuild$|node:)/,
  },
];

function layered(parts: readonly string[]): Layer[] {
  return parts.map((part, index) => ({
    folder: `shared/${part}`,
    may: ["contract", "patterns", "telemetry", "store", ...parts.slice(0, index)].map((name) => `shared/${name}`),
    never: TABLE_OR_DEPLOYING,
  }));
}

/** `to` is a path from the project's root, or a package's name as it was written. */
type Import = { from: string; to: string; relative: boolean };

/** What a source imports, also for its types alone, by re-export or dynamically. */
const importsOf = (from: string, source: string): Import[] =>
  [
    ...source.matchAll(
      /^\s*(?:import|export)\b[^"'`;]*?\bfrom\s*"([^"]+)"|^\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/gm,
    ),
  ].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    const relative = specifier.startsWith(".");
    return { from, to: relative ? join(dirname(from), specifier) : specifier, relative };
  });

const isIn = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`);

const isAllowed = ({ from, to, relative }: Import): boolean => {
  const layer = LAYERS.find(({ folder }) => isIn(folder, from));
  if (layer === undefined) return false;
  if (!relative) return !layer.never.test(to);
  return !/\.tsx?$/.test(to) || [layer.folder, ...layer.may].some((folder) => isIn(folder, to));
};

const wrongArrows = (imports: readonly Import[]): string[] =>
  imports.filter((entry) => !isAllowed(entry)).map(({ from, to }) => `${from} -> ${to}`);

/** The first circle of imports found, as the files along it; empty if there is none. */
const findCircle = (imports: readonly Import[]): string[] => {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const { to } of targets.get(file) ?? []) {
      const circle = visit(to, [...path, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of targets.keys()) {
    const circle = visit(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
};

/**
 * The arrows between neighbouring folders: an import counts for the two folders where its paths part. A file directly in a
 * folder and the folders beside it are one room: the entry uses its parts, and the parts use what it shares with them.
 */
const betweenFolders = (imports: readonly Import[]): Import[] =>
  imports.flatMap(({ from, to, relative }) => {
    if (!relative) return [];
    const [source, target] = [from.split("/"), to.split("/")];
    const parts = source.findIndex((name, index) => name !== target[index]);
    const isFolder = (path: readonly string[]): boolean => parts < path.length - 1;
    if (!isFolder(source) || !isFolder(target)) return [];
    const folder = (path: readonly string[]): string => path.slice(0, parts + 1).join("/");
    return [{ from: folder(source), to: folder(target), relative }];
  });

const FILES = globSync("{agent,infra,functions,shared,tools,dashboard}/**/*.{ts,tsx}", { cwd: ROOT });
const IMPORTS = FILES.flatMap((file) => importsOf(file, readFileSync(join(ROOT, file), "utf8")));

describe("the import arrows", () => {
  it("all point one way", () => {
    expect(IMPORTS.length).toBeGreaterThan(FILES.length);
    expect(wrongArrows(IMPORTS)).toEqual([]);
  });

  it("form no circle", () => {
    expect(findCircle(IMPORTS)).toEqual([]);
  });

  it("form no circle between folders", () => {
    expect(findCircle(betweenFolders(IMPORTS))).toEqual([]);
  });

  it.each([
    ["infra/app.ts", "../shared/store/table.ts"],
    ["infra/constructs/table.ts", "../../functions/license/handler.ts"],
    ["infra/app.ts", "@aws-sdk/client-dynamodb"],
    ["functions/license/handler.ts", "../../tools/mint/mint.ts"],
    ["shared/contract/routes.ts", "../http/problem.ts"],
    ["shared/contract/routes.ts", "zod"],
    ["shared/patterns/regular-expression.ts", "../privacy/shown-names.ts"],
    ["shared/store/dynamodb.ts", "../patterns/regular-expression.ts"],
    ["shared/store/table.ts", "../seats/admit.ts"],
    ["shared/seats/admit.ts", "../sessions/start.ts"],
    ["shared/seats/admit.ts", "@aws-sdk/lib-dynamodb"],
    ["shared/sessions/start.ts", "../http/problem.ts"],
    ["shared/operators/operator.ts", "../sessions/record.ts"],
    ["shared/usage/rollups.ts", "../seats/book.ts"],
    ["shared/sessions/start.ts", "../heartbeat/heartbeat.ts"],
    ["shared/heartbeat/heartbeat.ts", "../day-close/close-days.ts"],
    ["shared/day-close/close-days.ts", "../data-care/verify.ts"],
    ["shared/http/runtime.ts", "../../functions/license/handler.ts"],
    ["shared/sessions/start.ts", "../../agent/sessions/state.ts"],
    ["functions/license/handler.ts", "../../agent/main.ts"],
    ["agent/wire/client.ts", "../loop/loop.ts"],
    ["agent/wire/client.ts", "@kubernetes/client-node"],
    ["agent/main.ts", "../shared/licensing/terms.ts"],
    ["agent/main.ts", "../tools/simulate/random.ts"],
    ["agent/main.ts", "@aws-sdk/client-dynamodb"],
    ["tools/local/main.ts", "../../agent/main.ts"],
    ["infra/app.ts", "../agent/settings.ts"],
    ["shared/jobs/job-handler.ts", "../heartbeat/reap.ts"],
    ["shared/http/handler.ts", "aws-cdk-lib"],
    ["tools/simulate/main.ts", "../../functions/license/handler.ts"],
    ["dashboard/data/api.ts", "../../shared/http/problem.ts"],
    ["shared/http/handler.ts", "../../dashboard/app.tsx"],
  ])("would be broken by %s importing %s", (from, specifier) => {
    const imports = importsOf(from, `import type { Any } from "${specifier}";`);
    expect(wrongArrows(imports)).toHaveLength(1);
  });

  it("are seen in every form an import takes", () => {
    const source = [
      'import "./a.ts";',
      'import { one,\n  two } from "./b.ts";',
      'import type { Three } from "./c.ts";',
      'export { four } from "./d.ts";',
      'export * from "./e.ts";',
      'const six = await import("./f.ts");',
      'type Seven = import("./g.ts").Seven;',
      'const words = ["bulk-import", "from"];',
    ].join("\n");
    expect(importsOf("shared/x.ts", source).map(({ to }) => to)).toEqual(
      ["a", "b", "c", "d", "e", "f", "g"].map((name) => `shared/${name}.ts`),
    );
  });

  it("would be seen to form a circle through any number of files", () => {
    const arrow = (from: string, to: string): Import => ({ from, to, relative: true });
    expect(findCircle([arrow("a", "b"), arrow("b", "c"), arrow("a", "c")])).toEqual([]);
    expect(findCircle([arrow("a", "b"), arrow("b", "c"), arrow("c", "b")])).toEqual(["b", "c", "b"]);
  });

  it("would be seen to form a circle between folders whose files form none", () => {
    const arrow = (from: string, to: string): Import => ({ from, to, relative: true });
    const imports = [
      arrow("tools/cli/main.ts", "tools/usage/commands.ts"),
      arrow("tools/usage/csv.ts", "tools/cli/text/exit.ts"),
      arrow("tools/cli/main.ts", "tools/cli/text/exit.ts"),
      arrow("tools/cli/text/table.ts", "tools/cli/width.ts"),
    ];
    expect(findCircle(imports)).toEqual([]);
    expect(findCircle(betweenFolders(imports))).toEqual(["tools/cli", "tools/usage", "tools/cli"]);
    expect(findCircle(betweenFolders(imports.slice(2)))).toEqual([]);
  });
});

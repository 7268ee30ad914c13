import {
  Composer,
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  Parser,
  type YAMLMap,
} from "yaml";
import { isAmbiguous } from "./ambiguous.ts";
import { scanFault, TOO_DEEP, TOO_MANY_DOCUMENTS, YAML_LIMITS, type YamlFault } from "./scan.ts";

/** A document as JSON has it, with the line of each path in it. */
export type Tree = {
  value: unknown;
  /** The line where the document begins. */
  line: number;
  /** The line of a path, such as `spec.block.0`; of its nearest parent if the path does not exist. */
  lineOf: (path: string) => number;
};

/**
 * Reads the documents of a YAML text. All faults come at once; a document with a fault is left out. JSON is YAML too.
 * Only what is the same in YAML 1.1 and 1.2 is accepted: kubectl and this server must read the same.
 */
export const readTrees = (text: string): { trees: Tree[]; faults: YamlFault[] } => {
  const unfit = scanFault(text);
  if (unfit !== undefined) return { trees: [], faults: [unfit] };
  const [trees, faults]: [Tree[], YamlFault[]] = [[], []];
  const counter = new LineCounter();
  // Its own search for equal keys takes quadratic time.
  const composer = new Composer({ schema: "core", uniqueKeys: false, prettyErrors: false, lineCounter: counter });
  const lineAt = (offset: number): number => counter.linePos(offset).line;
  for (const document of composer.compose(new Parser(counter.addNewLine).parse(text))) {
    const found = [...document.errors, ...document.warnings];
    faults.push(...found.map(({ pos, message }) => ({ line: lineAt(pos[0]), path: "", message: sentence(message) })));
    if (found.length > 0 || isEmpty(document)) continue;
    if (trees.length === YAML_LIMITS.documents)
      return { trees, faults: [...faults, { line: lineAt(document.range[0]), path: "", message: TOO_MANY_DOCUMENTS }] };
    const reader = createReader(lineAt);
    const value = reader.read(document.contents, [], 0);
    faults.push(...reader.faults);
    if (reader.faults.length === 0) trees.push({ value, line: reader.lineOf(""), lineOf: reader.lineOf });
  }
  return { trees, faults };
};

const isEmpty = ({ contents }: Document.Parsed): boolean =>
  contents === null || (isScalar(contents) && contents.value === null);

// The parser appends a copy of the line.
const sentence = (message: string): string => {
  const [first = ""] = message.split("\n");
  return `${first.replace(/[.:]?$/, "")}.`;
};

type Steps = readonly (string | number)[];

const createReader = (lineAt: (offset: number) => number) => {
  const faults: YamlFault[] = [];
  const lines = new Map<string, number>();
  const read = (node: ParsedNode | null, steps: Steps, depth: number): unknown => {
    const path = steps.join(".");
    const line = lines.get(path) ?? lineAt(node?.range[0] ?? 0);
    const refuse = (message: string): undefined => {
      faults.push({ line, path, message });
      return undefined;
    };
    lines.set(path, line);
    if (depth > YAML_LIMITS.depth) return refuse(TOO_DEEP);
    if (isSeq(node)) return node.items.map((item, index) => read(item as ParsedNode, [...steps, index], depth + 1));
    if (isMap(node)) return readMap(node, steps, depth);
    if (!isScalar(node)) return null;
    const { source = "", value } = node;
    if (node.type === "PLAIN" && isAmbiguous(source))
      return refuse(`Quote ${source}: YAML versions read it differently.`);
    return typeof value === "number" && !Number.isFinite(value) ? refuse("must be a finite number") : value;
  };
  const readMap = (node: YAMLMap.Parsed, steps: Steps, depth: number): unknown => {
    const entries = new Map<string, unknown>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? (key.type === "PLAIN" ? (key.source ?? "") : String(key.value)) : undefined;
      const path = [...steps, name ?? "?"].join(".");
      const line = lineAt(key?.range[0] ?? node.range[0]);
      if (name === undefined) faults.push({ line, path, message: "A key must be a text." });
      else if (entries.has(name)) faults.push({ line, path, message: "The key is there twice." });
      else if (isScalar(key) && key.type === "PLAIN" && isAmbiguous(name))
        faults.push({ line, path, message: `Quote ${name}: YAML versions read it differently.` });
      else {
        lines.set(path, line);
        entries.set(name, read(value, [...steps, name], depth + 1));
      }
    }
    return Object.fromEntries(entries);
  };
  const lineOf = (path: string): number => {
    for (let rest = path; rest !== ""; rest = rest.slice(0, Math.max(0, rest.lastIndexOf(".")))) {
      const line = lines.get(rest);
      if (line !== undefined) return line;
    }
    return lines.get("") ?? 1;
  };
  return { read, faults, lineOf };
};

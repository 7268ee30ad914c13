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
import { addFaults, fault, isFull, type YamlFault } from "./faults.ts";
import { type Lines, lineAtPath, linesFrom } from "./lines.ts";
import { scanFault, TOO_DEEP, TOO_MANY_DOCUMENTS, YAML_LIMITS } from "./scan.ts";

/** A document as JSON has it, with the line of each path in it. */
export type Tree = {
  value: unknown;
  /** The line where the document begins. */
  line: number;
  /** The line of a path, such as `spec.block.0`; of its nearest parent if the path does not exist. */
  lineOf: (path: string) => number;
};

/**
 * Reads the documents of a YAML text. The first hundred faults come at once; a document with a fault is left out. JSON is YAML
 * too. Only what is the same in YAML 1.1 and 1.2 is accepted: kubectl and this server must read the same.
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
    if (isFull(faults)) break;
    const found = [...document.errors, ...document.warnings].slice(0, MOST_READ);
    addFaults(faults, ...found.map(({ pos, message }) => fault(lineAt(pos[0]), "", sentence(message))));
    if (found.length > 0 || isEmpty(document)) continue;
    if (trees.length === YAML_LIMITS.documents) {
      addFaults(faults, fault(lineAt(document.range[0]), "", TOO_MANY_DOCUMENTS));
      break;
    }
    const before = faults.length;
    const lines = linesFrom(lineAt(document.contents?.range[0] ?? 0));
    const value = createReader(lineAt, faults).read(document.contents, [], lines);
    const lineOf = (path: string): number => lineAtPath(lines, path);
    if (faults.length === before) trees.push({ value, line: lines.line, lineOf });
  }
  return { trees, faults };
};

/** Of the faults that the parser finds in a document, more than these are never listed. */
const MOST_READ = 200;

const isEmpty = ({ contents }: Document.Parsed): boolean =>
  contents === null || (isScalar(contents) && contents.value === null);

// The parser appends a copy of the line.
const sentence = (message: string): string => {
  const [first = ""] = message.split("\n");
  return `${first.slice(0, 1_000).replace(/[.:]?$/, "")}.`;
};

type Steps = readonly (string | number)[];

const createReader = (lineAt: (offset: number) => number, faults: YamlFault[]) => {
  const refuse = (line: number, steps: Steps, message: string): undefined => {
    if (!isFull(faults)) addFaults(faults, fault(line, steps.join("."), message));
    return undefined;
  };
  const read = (node: ParsedNode | null, steps: Steps, lines: Lines): unknown => {
    const { line } = lines;
    if (steps.length > YAML_LIMITS.depth) return refuse(line, steps, TOO_DEEP);
    if (isSeq(node)) return node.items.map((item, index) => readPart(item as ParsedNode, steps, index, lines));
    if (isMap(node)) return readMap(node, steps, lines);
    if (!isScalar(node)) return null;
    const { source = "", value } = node;
    if (node.type === "PLAIN" && isAmbiguous(source)) return refuse(line, steps, differs(source));
    return typeof value === "number" && !Number.isFinite(value)
      ? refuse(line, steps, "must be a finite number")
      : value;
  };
  const readPart = (
    node: ParsedNode | null,
    steps: Steps,
    step: string | number,
    { line, parts }: Lines,
    own = line,
  ) => {
    const lines = linesFrom(typeof step === "string" ? own : lineAt(node?.range[0] ?? 0));
    if (isFull(faults)) return undefined;
    parts.set(String(step), lines);
    return read(node, [...steps, step], lines);
  };
  const readMap = (node: YAMLMap.Parsed, steps: Steps, lines: Lines): unknown => {
    const entries = new Map<string, unknown>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? (key.type === "PLAIN" ? (key.source ?? "") : String(key.value)) : undefined;
      const line = lineAt(key?.range[0] ?? node.range[0]);
      const refuseKey = (message: string) => refuse(line, [...steps, name ?? "?"], message);
      if (name === undefined) refuseKey("A key must be a text.");
      else if (entries.has(name)) refuseKey("The key is there twice.");
      else if (isScalar(key) && key.type === "PLAIN" && isAmbiguous(name)) refuseKey(differs(name));
      else entries.set(name, readPart(value, steps, name, lines, line));
    }
    return Object.fromEntries(entries);
  };
  return { read };
};

const differs = (source: string): string => `Quote ${source.slice(0, 100)}: YAML versions read it differently.`;

import { parse } from "@babel/parser";
import type { Prose } from "./rules.ts";

/**
 * The texts of a TypeScript file: comments, strings with a space in them, templates and the text of its JSX. A value inside a
 * template counts as one word. Neighbouring line comments are one text.
 */
export const sourceProse = (file: string, source: string): Prose[] => {
  const { program, comments } = parse(source, {
    sourceType: "module",
    plugins: ["typescript", ...(file.endsWith("x") ? (["jsx"] as const) : [])],
  });
  const texts: Prose[] = [];
  visit(program, (node) => {
    const text = textOf(node);
    if (text !== undefined && isProse(text)) texts.push({ file, line: node.loc?.start.line ?? 1, text });
  });
  return [...texts, ...commentProse(file, comments ?? [])];
};

type Node = { type: string; loc?: { start: { line: number } } | null; value?: unknown; quasis?: unknown };

// A string without a space is a value. A page or a statement is code in another language.
const isProse = (text: string): boolean =>
  /\s/.test(text.trim()) && !/^\s*(<!doctype|PRAGMA|CREATE|SELECT|INSERT)\b/i.test(text);

const textOf = (node: Node): string | undefined => {
  if (node.type === "StringLiteral" || node.type === "JSXText") return String(node.value);
  if (node.type !== "TemplateLiteral") return undefined;
  const parts = node.quasis as { value: { cooked: string | null; raw: string } }[];
  return parts.map(({ value }) => value.cooked ?? value.raw).join("value");
};

const visit = (node: Node, look: (node: Node) => void): void => {
  look(node);
  for (const [name, value] of Object.entries(node)) {
    if (name === "loc" || name.endsWith("Comments")) continue;
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, look);
  }
};

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value;

type Comment = NonNullable<ReturnType<typeof parse>["comments"]>[number];

const commentProse = (file: string, comments: readonly Comment[]): Prose[] => {
  const texts: (Prose & { last: number })[] = [];
  for (const { type, value, loc } of comments) {
    if (loc == null) continue;
    const text = (type === "CommentBlock" ? value.replace(/^[ \t]*\* ?/gm, "") : value).replace(/`[^`\n]*`/g, "code");
    const before = texts.at(-1);
    if (type === "CommentLine" && before?.last === loc.start.line - 1) {
      before.text += `\n${text}`;
      before.last = loc.end.line;
    } else texts.push({ file, line: loc.start.line, text, last: loc.end.line });
  }
  return texts.map(({ file: name, line, text }) => ({ file: name, line, text }));
};

import { Lexer } from "yaml";
import { fault as faultAt, type YamlFault } from "./faults.ts";
import { createIndents } from "./indents.ts";

const fault = (line: number, message: string): YamlFault => faultAt(line, "", message);

/** The limits of a text. Each is checked before anything is built from the text. */
export const YAML_LIMITS = {
  bytes: 1024 * 1024,
  documents: 100,
  depth: 32,
  /** The smallest parts of YAML: scalars, indicators, spaces. A text of 1 MiB that people write has fewer. */
  tokens: 200_000,
} as const;

const FLOW_OPEN = /^[[{]$/;
const FLOW_CLOSE = /^[\]}]$/;

/** What the lexer puts before each document, and before the text of a scalar. */
const DOCUMENT_MARK = "\u0002";
const SCALAR_MARK = "\u001f";

// YAML allows none of them in a text, and the lexer uses some as marks.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is searched for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const CONTROL_FOUND = 'The text has a control character. Write it as an escape in double quotes, such as "\\x1b".';

/**
 * The fault that makes a text unfit to be parsed: too large, too deep, an alias, an anchor, a tag, a directive. It reads tokens
 * only and ends at the first fault, so a hostile text costs milliseconds.
 */
export const scanFault = (text: string): YamlFault | undefined => {
  if (new TextEncoder().encode(text).length > YAML_LIMITS.bytes) return fault(1, "The text is larger than 1 MiB.");
  const control = text.search(CONTROL);
  if (control >= 0) return fault(text.slice(0, control).split("\n").length, CONTROL_FOUND);
  let [line, tokens, documents, flow, before] = [1, 0, 0, 0, ""];
  const indents = createIndents();
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > YAML_LIMITS.tokens) return fault(line, "The text has too many parts. Split it into several files.");
    if (token === DOCUMENT_MARK) documents += 1;
    // One empty document, after the last mark, is usual.
    if (documents > YAML_LIMITS.documents + 1) return fault(line, TOO_MANY_DOCUMENTS);
    if (before !== SCALAR_MARK) {
      if (FLOW_OPEN.test(token)) flow += 1;
      else if (FLOW_CLOSE.test(token)) flow -= 1;
      const found = flow < 0 ? "A bracket closes that did not open." : tokenFault(token);
      if (found !== undefined) return fault(line, found);
    }
    // In brackets, neither indentation nor colons say how deep it is.
    if (flow === 0) indents.read(token, before === SCALAR_MARK);
    if (flow > YAML_LIMITS.depth || indents.depth() > YAML_LIMITS.depth) return fault(line, TOO_DEEP);
    line += token.split("\n").length - 1;
    before = token;
  }
  return undefined;
};

export const TOO_DEEP = `The text is nested deeper than ${YAML_LIMITS.depth} levels.`;
export const TOO_MANY_DOCUMENTS = `The text has more than ${YAML_LIMITS.documents} documents.`;

// The parser reports each of them, and a text can have half a million.
const hasBadEscape = (token: string): boolean => {
  for (const { groups } of token.matchAll(ESCAPE)) if (groups?.["bad"] !== undefined) return true;
  return false;
};

const ESCAPE =
  /\\(?:["\\/abefnrtvN_LP0 \t\r\n]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U(?:000[\da-fA-F]|0010)[\da-fA-F]{4}|(?<bad>.|$))/gs;

const tokenFault = (token: string): string | undefined => {
  if (token.startsWith("*")) return "Aliases are not supported. Quote a text that begins with *.";
  if (token.startsWith("&")) return "Anchors are not supported. Quote a text that begins with &.";
  if (token.startsWith("!")) return "Tags are not supported. Quote a text that begins with !.";
  if (token.startsWith('"') && hasBadEscape(token)) return "A text in double quotes has an escape that does not exist.";
  return token.startsWith("%") ? "Directives are not supported. Quote a text that begins with %." : undefined;
};

type Line = Record<string, unknown>;

/** A query of CloudWatch Logs Insights, as far as the documents use its language. */
export type InsightsQuery = { text: string; filter: string; fields: readonly string[] };

const COMMANDS = /^(filter|fields|stats|sort|limit)\s/;
/** Logs Insights QL: "stats", and "Boolean, comparison, numeric, datetime, and other functions". */
const FUNCTIONS = ["count", "count_distinct", "sum", "avg", "min", "max", "pct", "latest", "abs", "bin", "ispresent"];
const WORDS = ["as", "by", "and", "or", "in", "like", "asc", "desc"];

/** The queries in a text's code blocks. Throws for what the language, as far as it is used here, does not have. */
export const insightsQueriesIn = (markdown: string): InsightsQuery[] =>
  [...markdown.matchAll(/^```\n((?:filter|fields) [^`]+)```$/gm)].map(([, text = ""]) => readQuery(text));

export const readQuery = (text: string): InsightsQuery => {
  const commands = text.split("|").map((command) => command.trim());
  for (const command of commands) if (!COMMANDS.test(command)) throw new Error(`no command: ${command}`);
  const aliases = [...text.matchAll(/\bas (\w+)/g)].map(([, alias]) => alias);
  // Without what is quoted, units of time and the commands' own names.
  const bare = commands.map((command) => command.replaceAll(/"[^"]*"/g, "").replace(COMMANDS, "")).join(" ");
  const fields: string[] = [];
  for (const [, name = "", call] of bare.matchAll(/(?<![\w@.])([a-zA-Z_@][\w.]*)(\s*\()?/g)) {
    if (call !== undefined && !WORDS.includes(name)) {
      if (!FUNCTIONS.includes(name)) throw new Error(`no function: ${name}`);
    } else if (!WORDS.includes(name) && !aliases.includes(name) && !name.startsWith("@")) fields.push(name);
  }
  const filter = commands.find((command) => command.startsWith("filter ")) ?? "";
  return { text, filter: filter.replace("filter ", ""), fields: [...new Set(fields)] };
};

/** The field of a line by its path with dots, as Logs Insights discovers it: booleans are 1 and 0. */
export const fieldOf = (line: Line, path: string): unknown => {
  const value = path.split(".").reduce<unknown>((at, name) => Object(at)[name], line);
  return typeof value === "boolean" ? Number(value) : value;
};

/** Whether a line passes a query's filter. What stands there for the reader's own value, `<id>` or Ana's, is any. */
export const passes = (line: Line, filter: string): boolean =>
  filter.split(/\s+and\s+/).every((condition) => holds(line, condition));

const holds = (line: Line, condition: string): boolean => {
  const present = /^ispresent\(([\w.]+)\)$/.exec(condition)?.[1];
  if (present !== undefined) return fieldOf(line, present) !== undefined;
  const [, path, operator, text] = /^([\w.]+) (=|!=|in) (.+)$/.exec(condition) ?? [];
  if (path === undefined || text === undefined) throw new Error(`no condition: ${condition}`);
  const value = fieldOf(line, path);
  const wanted: unknown = JSON.parse(text);
  if (operator === "in") return (wanted as unknown[]).includes(value);
  if (operator === "!=") return value !== wanted;
  return /^<.+>$|^ana@/.test(String(wanted)) ? value !== undefined : value === wanted;
};

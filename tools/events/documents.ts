import { toJsonSchema } from "@valibot/to-json-schema";
import { EVENT_EXAMPLES } from "../../shared/events/examples.ts";
import { EVENT_SCHEMAS, EVENT_TYPES, type EventType } from "../../shared/events/schemas.ts";

/** Documents made from the events' schemas: a JSON schema file for each, and the examples in docs/events.md. */

/** The text of the file `docs/events/<type>.json`: draft 7, for EventBridge's schema tools. */
export const schemaDocument = (type: EventType): string => {
  const schema = toJsonSchema(EVENT_SCHEMAS[type], { errorMode: "ignore" });
  const document = { ...schema, title: type, examples: [EVENT_EXAMPLES[type]] };
  return `${JSON.stringify(document, undefined, 2)}\n`;
};

const BEGIN = "<!-- begin: examples -->";
const END = "<!-- end: examples -->";

/** The page with an example of each event between its two marks. Throws if the marks are missing. */
export const withExamples = (page: string): string => {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error("docs/events.md has no place for the examples");
  return `${before}${BEGIN}\n${EVENT_TYPES.map(example).join("\n")}\n${END}${after}`;
};

const example = (type: EventType): string =>
  `### ${type}\n\n[Schema](events/${type}.json)\n\n\`\`\`json\n${JSON.stringify(EVENT_EXAMPLES[type], undefined, 2)}\n\`\`\`\n`;

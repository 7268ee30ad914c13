import { readFile, writeFile } from "node:fs/promises";
import { EVENT_TYPES } from "../../shared/events/schemas.ts";
import { schemaDocument, withExamples } from "./documents.ts";

const PAGE = new URL("../../docs/events.md", import.meta.url);

for (const type of EVENT_TYPES)
  await writeFile(new URL(`../../docs/events/${type}.json`, import.meta.url), schemaDocument(type));
await writeFile(PAGE, withExamples(await readFile(PAGE, "utf8")));

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { EVENT_EXAMPLES } from "../../../shared/events/examples.ts";
import { EVENT_SCHEMAS, EVENT_TYPES } from "../../../shared/events/schemas.ts";
import { schemaDocument, withExamples } from "../../../tools/events/documents.ts";

const DOCS = join(import.meta.dirname, "..", "..", "..", "docs");
const PAGE = readFileSync(join(DOCS, "events.md"), "utf8");

describe("the documents of events", () => {
  it("are eleven, as many as there are events", () => {
    expect(EVENT_TYPES).toHaveLength(11);
    expect(readdirSync(join(DOCS, "events")).sort()).toEqual(EVENT_TYPES.map((type) => `${type}.json`).sort());
  });

  it.each(EVENT_TYPES)("have the schema of %s as it is (else: npm run events)", (type) => {
    expect(readFileSync(join(DOCS, "events", `${type}.json`), "utf8")).toBe(schemaDocument(type));
  });

  it("show an example of each as it is (else: npm run events)", () => {
    expect(withExamples(PAGE)).toBe(PAGE);
  });

  it.each(EVENT_TYPES)("have an example of %s that fits its schema, and a schema that knows every field", (type) => {
    const example = EVENT_EXAMPLES[type];
    expect(v.safeParse(EVENT_SCHEMAS[type], example).issues).toBeUndefined();
    const validate = new Ajv({ formats: { "date-time": true } }).compile(JSON.parse(schemaDocument(type)));
    expect(validate(example)).toBe(true);
    expect(validate({ ...example, more: 1 })).toBe(false);
    for (const field of Object.keys(example)) {
      const { [field]: _left, ...others } = example as Record<string, unknown>;
      expect(validate(others), field).toBe(false);
    }
  });
});

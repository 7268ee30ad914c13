import { isUnsafe, safeDocument } from "./text.ts";

export const OUTPUTS = ["table", "json", "yaml"] as const;
export type OutputFormat = (typeof OUTPUTS)[number];

/** Turns a value into text. The table is made only if it is needed. */
export type Render = (value: unknown, table: () => string) => string;

/** The renderer for a format. In none of them can a name that somebody chose control a terminal. */
export const renderer = async (format: OutputFormat): Promise<Render> => {
  if (format === "table") return (_value, table) => table();
  if (format === "json") return (value) => safeDocument(JSON.stringify(value, null, 2));
  // Few calls need it, and it takes as long to load as everything else.
  const { Document, Scalar, visit } = await import("yaml");
  return (value) => {
    const document = new Document(value, { aliasDuplicateObjects: false });
    visit(document, {
      // In double quotes an escape means the same as the character; in a plain scalar it would be text.
      Scalar: (_key, node) => {
        if (typeof node.value === "string" && isUnsafe(node.value)) node.type = Scalar.QUOTE_DOUBLE;
      },
    });
    return safeDocument(document.toString({ lineWidth: 0 }).trimEnd());
  };
};

import { isUnsafe, safeDocument } from "./text.ts";

export const OUTPUTS = ["table", "json", "yaml"] as const;
export type OutputFormat = (typeof OUTPUTS)[number];

/** Writes a value down; the table is made only where it is wanted. */
export type Render = (value: unknown, table: () => string) => string;

/** How results are written. In no format can what somebody chose as a name drive a terminal. */
export const renderer = async (format: OutputFormat): Promise<Render> => {
  if (format === "table") return (_value, table) => table();
  if (format === "json") return (value) => safeDocument(JSON.stringify(value, null, 2));
  // Most calls do not ask for it, and it takes as long to load as everything else.
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

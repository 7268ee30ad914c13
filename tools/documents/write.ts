import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildPage } from "../../dashboard/build.ts";
import type { EncodedDocument } from "../../shared/http/encoded-document.ts";
import type { Page } from "../../shared/http/endpoints/dashboard.ts";
import { encodeDocument, etagOf } from "./encode.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const OPENAPI_SOURCE = join(ROOT, "shared", "contract", "openapi.json");

/** The files that the functions' bundles read what they serve from. */
const PAGE_FILE = join(ROOT, "dashboard", "dist", "page.json");
const OPENAPI_FILE = join(ROOT, "shared", "contract", "dist", "openapi.json");

/**
 * Builds the dashboard, compresses it and the OpenAPI document, and writes both where the functions include them. A file is replaced
 * atomically and only when its document changes, so several processes may write at once.
 */
export const writeDocuments = async (): Promise<void> => {
  const { html, csp } = await buildPage();
  const page = readAs<Page>(PAGE_FILE);
  if (page?.csp !== csp || !holds(page.document, html)) replace(PAGE_FILE, { document: encodeDocument(html), csp });
  const openApi = JSON.stringify(readAs<object>(OPENAPI_SOURCE));
  if (!holds(readAs<EncodedDocument>(OPENAPI_FILE), openApi)) replace(OPENAPI_FILE, encodeDocument(openApi));
};

const holds = (document: EncodedDocument | undefined, text: string): boolean =>
  document?.etags?.identity === etagOf(text);

const readAs = <Value>(file: string): Value | undefined => {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Value;
  } catch {
    return undefined;
  }
};

const replace = (file: string, value: object): void => {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(value));
  renameSync(draft, file);
};

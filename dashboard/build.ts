import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { noticesOf } from "./notices.ts";

/** The page as the function serves it: one document, its Content-Security-Policy and its ETag. */
export type Page = { html: string; csp: string; etag: string };

/** The file that the function's bundle reads the page from. */
export const PAGE_FILE = join(import.meta.dirname, "dist", "page.json");

const ROOT = join(import.meta.dirname, "..");

/** The bundler options of the page. */
export const PAGE_BUILD = {
  entryPoints: [join(import.meta.dirname, "main.tsx")],
  bundle: true,
  write: false as const,
  outdir: "page",
  format: "iife" as const,
  target: ["es2022", "chrome119", "firefox115", "safari17"],
  jsx: "automatic" as const,
  jsxImportSource: "preact",
  // The checks of a policy run in the page too.
  alias: { "node:net": join(import.meta.dirname, "model", "net.ts") },
  minify: true,
  // The notices come from the packages' license files; see notices.ts.
  legalComments: "none" as const,
  charset: "utf8" as const,
  logLevel: "silent" as const,
};

/**
 * Bundles the dashboard into one document that loads nothing. The policy allows only the document's own script and style;
 * the server adds `connect-src`.
 */
export const buildPage = async (): Promise<Page> => {
  const { outputFiles, metafile } = await build({ ...PAGE_BUILD, absWorkingDir: ROOT, metafile: true });
  const textOf = (extension: string): string =>
    outputFiles.find(({ path }) => path.endsWith(extension))?.text.trim() ?? "";
  const script = textOf(".js");
  const style = textOf(".css");
  const html = documentOf(script, style, noticesOf(metafile, ROOT));
  return { html, csp: policyOf(script, style), etag: `"${sha256(html).slice(0, 27)}"` };
};

/**
 * Builds the page and writes it to `PAGE_FILE`. The file is replaced atomically and only when it changes, so several
 * processes may build at once.
 */
export const writePage = async (): Promise<Page> => {
  const page = await buildPage();
  const text = JSON.stringify(page);
  if (currentText() === text) return page;
  mkdirSync(join(PAGE_FILE, ".."), { recursive: true });
  const draft = `${PAGE_FILE}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, PAGE_FILE);
  return page;
};

const currentText = (): string | undefined => {
  try {
    return readFileSync(PAGE_FILE, "utf8");
  } catch {
    return undefined;
  }
};

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("base64");

const policyOf = (script: string, style: string): string =>
  [
    "default-src 'none'",
    `script-src 'sha256-${sha256(script)}'`,
    `style-src 'sha256-${sha256(style)}'`,
    "img-src data:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    // No text can become markup or code, even if the page has a bug.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");

const ICON =
  "data:image/svg+xml," +
  encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#5b4ae0"/><path d="M3.5 11V5l4.5 4 4.5-4v6" fill="none" stroke="#fff" stroke-width="1.8"/></svg>`,
  );

// The bundler has already escaped `</script` and `</style`.
const documentOf = (script: string, style: string, notices: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>mirrord license server</title>
<link rel="icon" href="${ICON}">
<style>${style}</style>
</head>
<body>
<div id="page"></div>
<noscript>This page requires JavaScript.</noscript>
<script>${script}</script>
</body>
</html>
<!--
This page contains these packages:

${notices.replaceAll("--", "- -")}
-->
`;

if (import.meta.main) await writePage();

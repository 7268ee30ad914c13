import { createHash } from "node:crypto";
import { join } from "node:path";
import { build } from "esbuild";
import { noticesOf } from "./notices.ts";

/** One document, and its Content-Security-Policy. */
export type Page = { html: string; csp: string };

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
  return { html: documentOf(script, style, noticesOf(metafile, ROOT)), csp: policyOf(script, style) };
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

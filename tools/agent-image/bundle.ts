import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { noticesOf } from "../../dashboard/notices.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/**
 * How the agent is bundled. With splitting, what it imports only for a kubeconfig or a proxy is in files of its own, which cost
 * nothing until then. Loaded at start, they would double the agent's memory.
 */
export const AGENT_BUILD = {
  absWorkingDir: ROOT,
  entryPoints: { agent: "agent/main.ts" },
  outExtension: { ".js": ".mjs" },
  bundle: true,
  metafile: true,
  platform: "node",
  target: "node24",
  format: "esm",
  splitting: true,
  mainFields: ["module", "main"],
  minify: true,
  // Some packages inside are CommonJS.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  legalComments: "none",
  logLevel: "silent",
} as const;

export type AgentBundle = { file: string; bytes: number };

/** The options of Node in the image. What the agent makes lives briefly: a small young generation saves 10 MiB. */
export const AGENT_NODE_OPTIONS: readonly string[] = ["--max-semi-space-size=2"];

/**
 * Makes the folder that becomes the image's `/app`, with the license texts of all packages in it. Its old content is deleted.
 * `entry` is another module that starts the agent.
 */
export const writeAgentBundle = async (
  folder: string,
  entry: string = AGENT_BUILD.entryPoints.agent,
): Promise<AgentBundle> => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { entryPoints: _main, ...options } = AGENT_BUILD;
  const { metafile } = await build({
    ...options,
    entryPoints: { agent: entry },
    mainFields: [...options.mainFields],
    outdir: folder,
  });
  writeFileSync(join(folder, "LICENSES.txt"), `${noticesOf(metafile, ROOT)}\n`);
  const file = join(folder, "agent.mjs");
  return { file, bytes: statSync(file).size };
};

import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { noticesOf } from "../../dashboard/notices.ts";
import { BUNDLING } from "../../shared/contract/bundling.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Only a kubeconfig needs it, which few pods have. In a file of its own it costs the others no memory. */
const KUBERNETES_CLIENT = "@kubernetes/client-node";

const SAME: BuildOptions = {
  ...BUNDLING,
  mainFields: [...BUNDLING.mainFields],
  absWorkingDir: ROOT,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  legalComments: "none",
  logLevel: "silent",
};

/** What the image contains: the agent, bundled as the functions are, and the client that it loads for a kubeconfig. */
export const AGENT_BUILDS: readonly BuildOptions[] = [
  { ...SAME, entryPoints: { agent: "agent/main.ts" }, external: [...BUNDLING.external, KUBERNETES_CLIENT] },
  { ...SAME, entryPoints: { [`node_modules/${KUBERNETES_CLIENT}/index`]: KUBERNETES_CLIENT } },
];

export type AgentBundle = { file: string; bytes: number };

/** Makes the folder that becomes the image's `/app`, with the license texts of all packages in it. Its old content is deleted. */
export const writeAgentBundle = async (folder: string): Promise<AgentBundle> => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const outputs: Metafile["outputs"] = {};
  for (const options of AGENT_BUILDS) {
    const { metafile } = await build({ ...options, outdir: folder, metafile: true });
    Object.assign(outputs, metafile?.outputs);
  }
  const main = { name: KUBERNETES_CLIENT, main: "index.cjs" };
  writeFileSync(join(folder, "node_modules", KUBERNETES_CLIENT, "package.json"), JSON.stringify(main));
  writeFileSync(join(folder, "LICENSES.txt"), `${noticesOf({ inputs: {}, outputs }, ROOT)}\n`);
  const file = join(folder, "agent.cjs");
  return { file, bytes: statSync(file).size };
};

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/**
 * Synthesizes the app with a configuration, like the CDK CLI but without bundling the functions, whose code no rule checks.
 * Returns the paths of the templates in `folder`. `root` is the folder of the release.
 */
export const synthesizeInto = (folder: string, config: object, root = ROOT): string[] => {
  mkdirSync(folder, { recursive: true });
  const configPath = join(folder, "config.json");
  writeFileSync(configPath, JSON.stringify(config));
  const { context } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")) as { context: object };
  execFileSync(process.execPath, ["infra/app.ts"], {
    cwd: root,
    env: {
      ...process.env,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, config: configPath, "aws:cdk:bundling-stacks": [] }),
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return readdirSync(folder)
    .filter((name) => name.endsWith(".template.json"))
    .map((name) => join(folder, name));
};

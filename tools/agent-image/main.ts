import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "../../package.json" with { type: "json" };
import { writeAgentBundle } from "./bundle.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const USAGE = `Usage: npm run agent:image -- [options]

Builds the image of the cluster agent with Docker.

  --repository NAME   The image's name with its registry (mirrord-license-agent).
  --tag TAG           Its tag (${packageJson.version}).
  --push              Push it to its registry.
  --platform LIST     Such as linux/amd64,linux/arm64. Several require --push.
  --bundle            Make the folder dist/agent, without Docker.`;

process.exitCode = await main();

async function main(): Promise<number> {
  let options: ReturnType<typeof optionsIn>;
  try {
    options = optionsIn(process.argv.slice(2));
  } catch (error) {
    console.error(`agent:image: ${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const { file, bytes } = await writeAgentBundle(join(ROOT, "dist", "agent"));
  console.log(`agent:image: ${file}, ${Math.ceil(bytes / 1_000)} kB`);
  if (options.bundle) return 0;
  if (spawnSync("docker", ["version"], { stdio: "ignore" }).status !== 0) {
    console.error("agent:image: `docker version` fails. Start Docker, or run this on a machine that has it.");
    return 1;
  }
  const { push, platform } = options;
  const name = `${options.repository}:${options.tag}`;
  // An image for several platforms exists in a registry only, so one command builds and pushes it.
  const commands =
    platform === undefined
      ? [["build", "--tag", name, "."], ...(push ? [["push", name]] : [])]
      : [["buildx", "build", "--tag", name, "--platform", platform, push ? "--push" : "--load", "."]];
  if (!commands.every(docker)) {
    console.error("agent:image: Docker failed. Its message is above.");
    return 1;
  }
  console.log(`agent:image: ${push ? "built and pushed" : "built"} ${name}`);
  return 0;
}

function optionsIn(args: string[]) {
  return parseArgs({
    args,
    options: {
      repository: { type: "string", default: "mirrord-license-agent" },
      tag: { type: "string", default: packageJson.version },
      push: { type: "boolean", default: false },
      platform: { type: "string" },
      bundle: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;
}

function docker(args: readonly string[]): boolean {
  return spawnSync("docker", args, { stdio: "inherit", cwd: ROOT }).status === 0;
}

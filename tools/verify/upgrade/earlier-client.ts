import { join } from "node:path";
import { run } from "../deploy/command.ts";
import type { World } from "./world.ts";

/**
 * Lets the team of the earlier release's own simulator work against the current release. It compares the usage report with
 * what it sent, so its exit status is the result.
 */
export const checkEarlierClient = async (world: World, liveSeconds: number): Promise<string[]> => {
  const simulator = join(world.earlier.root, "tools/simulate/main.ts");
  const options = ["--users", "20", "--operators", "2", "--seed", "earlier-client", "--days", "1", "--baseline"];
  const live = ["--live-seconds", String(liveSeconds), "--speed", "900", "--beat-seconds", "1"];
  const parameters = [simulator, "--url", world.current.server.url, ...options, ...live];
  try {
    await run(process.execPath, parameters, { env: { LICENSE_KEY: world.licenseKey }, quiet: true });
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
};

import { spawn } from "node:child_process";

/**
 * Runs a command to its end and gives what it printed. What it says on the way goes to standard error as it comes, so
 * that a long step can be followed. Throws, with its last lines, where it fails.
 */
export const run = async (
  command: string,
  parameters: readonly string[],
  options: { env?: NodeJS.ProcessEnv; quiet?: boolean } = {},
): Promise<string> => {
  const child = spawn(command, parameters, {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk;
    if (options.quiet !== true) process.stderr.write(chunk);
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject);
  child.once("close", resolve);
  const code = await promise;
  if (code === 0) return printed;
  const lastLines = `${said}\n${printed}`.trim().split("\n").slice(-25).join("\n");
  throw new Error(`${command} ${parameters.slice(0, 3).join(" ")} ended with ${code}:\n${lastLines}`);
};

/** Asks AWS, or what stands in for it at AWS_ENDPOINT_URL, through its command line. */
export const aws = async <Answer>(service: string, ...parameters: readonly string[]): Promise<Answer> => {
  const text = await run("aws", [service, ...parameters, "--output", "json"], { quiet: true });
  return JSON.parse(text === "" ? "{}" : text) as Answer;
};

import { spawn } from "node:child_process";

/**
 * Runs a command and returns its standard output. Its standard error is printed as it comes, so that a long step can be
 * followed. On failure it throws with the last lines.
 */
export const run = async (
  command: string,
  parameters: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; quiet?: boolean } = {},
): Promise<string> => {
  const child = spawn(command, parameters, {
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
    if (options.quiet !== true) process.stderr.write(chunk);
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject);
  child.once("close", resolve);
  const code = await promise;
  if (code === 0) return output;
  const lastLines = `${errors}\n${output}`.trim().split("\n").slice(-25).join("\n");
  throw new Error(`${command} ${parameters.slice(0, 3).join(" ")} ended with ${code}:\n${lastLines}`);
};

/** Calls the emulator at AWS_ENDPOINT_URL with the AWS CLI. */
export const aws = async <Answer>(service: string, ...parameters: readonly string[]): Promise<Answer> => {
  // Version 1 of the CLI does not use the variable for SQS.
  const place = ["--endpoint-url", process.env["AWS_ENDPOINT_URL"] ?? ""];
  const text = await run("aws", [service, ...parameters, ...place, "--output", "json"], { quiet: true });
  return JSON.parse(text === "" ? "{}" : text) as Answer;
};

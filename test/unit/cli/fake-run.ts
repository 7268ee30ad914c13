import { PassThrough } from "node:stream";
import { run } from "../../../tools/cli/run.ts";

export type FakeRun = { exit: number; requests: string[]; out: string; err: string };

/** Runs a command line in this process against a server whose answers `answer` gives; `NOW` is its clock. */
export const fakeRun = async (
  args: readonly string[],
  answer: (method: string, url: URL) => Response | undefined = () => undefined,
  env: NodeJS.ProcessEnv = {},
): Promise<FakeRun> => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const requests: string[] = [];
  const fetch = async (input: string | URL | Request, { method = "GET" }: RequestInit = {}) => {
    const url = new URL(String(input));
    requests.push(`${method} ${url.pathname}${url.search}`);
    return answer(method, url) ?? new Response(null, { status: 204 });
  };
  const base = { HOME: "/nonexistent", LICENSE_SERVER_URL: "http://127.0.0.1:2", LICENSE_SERVER_TOKEN: "token" };
  const sleep = async () => undefined;
  const system = { env: { ...base, ...env }, stdin, stdout, stderr, fetch, now: () => NOW, sleep };
  const exit = await run(args, system);
  return { exit, requests, out: String(stdout.read() ?? ""), err: String(stderr.read() ?? "") };
};

export const NOW = Date.parse("2026-11-20T08:00:00Z");

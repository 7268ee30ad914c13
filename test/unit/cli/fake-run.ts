import { PassThrough } from "node:stream";
import { run } from "../../../tools/cli/run.ts";

export type FakeRun = { exit: number; requests: string[]; out: string; err: string };

export type Answer = (method: string, url: URL, sent: Sent) => Response | undefined;
export type Sent = { body: unknown; ifMatch: string | null };

/**
 * Runs a command line in this process against a server whose answers `answer` gives; `NOW` is its clock, and `input` its
 * standard input.
 */
export const fakeRun = async (
  args: readonly string[],
  answer: Answer = () => undefined,
  env: NodeJS.ProcessEnv = {},
  input = "",
): Promise<FakeRun> => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const requests: string[] = [];
  stdin.end(input);
  const fetch = async (to: string | URL | Request, { method = "GET", body, headers }: RequestInit = {}) => {
    const url = new URL(String(to));
    requests.push(`${method} ${url.pathname}${url.search}`);
    const sent = {
      body: typeof body === "string" ? JSON.parse(body) : undefined,
      ifMatch: new Headers(headers).get("if-match"),
    };
    return answer(method, url, sent) ?? new Response(null, { status: 204 });
  };
  const base = { HOME: "/nonexistent", LICENSE_SERVER_URL: "http://127.0.0.1:2", LICENSE_SERVER_TOKEN: "token" };
  const sleep = async () => undefined;
  const system = { env: { ...base, ...env }, stdin, stdout, stderr, fetch, now: () => NOW, sleep };
  const exit = await run(args, system);
  return { exit, requests, out: String(stdout.read() ?? ""), err: String(stderr.read() ?? "") };
};

export const NOW = Date.parse("2026-11-20T08:00:00Z");

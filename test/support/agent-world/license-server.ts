import { type App, LICENSE_KEY } from "../app.ts";
import type { Json } from "../wire.ts";

export type Call = { path: string; headers: Record<string, string>; body: Json; status: number; answer: Json };

/** `away`: no answer arrives. `losesAnswers`: requests arrive, answers do not. `before`: the release before agents. */
export type ServerMood = {
  is: "well" | "away" | "losesAnswers" | "before";
  instead?: (path: string) => Response | undefined;
  /** Changes an answer. */
  alter?: (answer: Json) => void;
  /** The interval of heartbeats that leases name, instead of the server's own. */
  intervalSecs?: number;
};

/** The functions of a test's server as a fetch, with the moods of networks, and all calls that were made. */
export const fetchOf = (server: App) => {
  const mood: ServerMood = { is: "well" };
  const calls: Call[] = [];
  const doFetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const path = new URL(String(input)).pathname;
    const headers = init.headers as Record<string, string>;
    const body = JSON.parse(String(init.body ?? "{}")) as Json;
    if (mood.is === "away") throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
    const response =
      mood.instead?.(path) ??
      (mood.is === "before"
        ? await before(server, path, headers, body)
        : await now(server, path, headers, body, init.method));
    const text = await response.text();
    // A 304 has no body.
    const answer = (text === "" ? {} : JSON.parse(text)) as Json;
    const lease = answer["lease"] as Json | null | undefined;
    if (lease != null && mood.intervalSecs !== undefined) lease["heartbeat_interval_secs"] = mood.intervalSecs;
    mood.alter?.(answer);
    calls.push({ path, headers, body, status: response.status, answer });
    if (mood.is === "losesAnswers") throw new TypeError("fetch failed", { cause: new Error("socket hang up") });
    const { status, headers: answered } = response;
    return new Response(status === 304 ? null : JSON.stringify(answer), { status, headers: answered });
  };
  return { fetch: doFetch as typeof fetch, mood, calls };
};

const now = async (
  server: App,
  path: string,
  headers: Record<string, string>,
  body: Json,
  method = "POST",
): Promise<Response> => {
  const request = { key: undefined, headers };
  const answer = await server.call(method, path, method === "GET" ? request : { ...request, body });
  const date = new Date(server.clock.now).toUTCString();
  return new Response(answer.status === 304 ? null : answer.text, {
    status: answer.status,
    headers: { ...answer.headers, date },
  });
};

/** As the release before answers: it has no agents, needs a version, a list and a client, and accepts no agent's token. */
const before = async (server: App, path: string, headers: Record<string, string>, body: Json): Promise<Response> => {
  if (headers["x-license-key"] !== LICENSE_KEY) return problem(server, 401, "Unauthorized");
  const starts = [
    ...((body["started"] ?? []) as Json[]),
    ...((body["ended"] ?? []) as Json[]).map((end) => end["start"] as Json),
  ];
  const isKnown =
    body["operator_version"] !== undefined && (path.endsWith("license") || body["sessions"] !== undefined);
  if (!isKnown || starts.some((start) => start["client"] === undefined)) return problem(server, 400, "BadRequest");
  const { agent: _, cluster_id: __, children: ___, stopped: ____, ...known } = body;
  const answer = await now(server, path, headers, withoutKinds(known));
  const { server: _____, list: ______, superseded: _______, ...said } = (await answer.json()) as Json;
  return new Response(JSON.stringify(said), { status: answer.status, headers: answer.headers });
};

const withoutKinds = (body: Json): Json => {
  const plain = ({ session_kind: _, ci_info: __, ...start }: Json): Json => start;
  const { started, ended } = body as { started?: Json[]; ended?: Json[] };
  return {
    ...body,
    ...(started === undefined ? {} : { started: started.map(plain) }),
    ...(ended === undefined
      ? {}
      : { ended: ended.map(({ inferred: _, ...end }) => ({ ...end, start: plain(end["start"] as Json) })) }),
  };
};

export const problem = (server: App, status: number, code: string, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify({ status, code, detail: "as the test wants it" }), {
    status,
    headers: { date: new Date(server.clock.now).toUTCString(), ...headers },
  });

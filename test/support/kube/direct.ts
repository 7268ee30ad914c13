import type { Kube, KubeOutcome, KubeRequest } from "../../../agent/kube/kube.ts";
import type { ApiServer } from "./api-server.ts";

/** Calls of a small API server without a network, for tests that make many. An answer of status 0 is lost. */
export const kubeIn = (server: ApiServer): Kube => {
  const call = async ({ method = "GET", path, query = {}, body }: KubeRequest): Promise<KubeOutcome> => {
    const answer = await server.ask({
      ...{ method, path: decodeURIComponent(path), query: new URLSearchParams(query), body: copyOf(body), headers: {} },
    });
    if (answer.status === 0) return { kind: "lost", detail: "socket hang up" };
    const seconds = answer.headers?.["retry-after"];
    return {
      ...{
        kind: "answer",
        status: answer.status,
        body: typeof answer.body === "string" ? undefined : copyOf(answer.body),
        date: undefined,
      },
      ...(seconds === undefined ? {} : { retryAfterMs: Number(seconds) * 1_000 }),
    };
  };
  return { call, stream: call };
};

const copyOf = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

import { type IncomingMessage, request as requestPlain } from "node:http";
import { type RequestOptions, request as requestTls } from "node:https";
import type { EpochMs } from "../../shared/contract/time.ts";
import { retryAfterMs } from "../wire/call.ts";
import { parseJson } from "../wire/json.ts";
import type { Authority } from "./authority.ts";

export type KubeRequest = {
  /** GET if absent. */
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the root of the API server, its parts already escaped: `/api/v1/namespaces/default`. */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  /** Of the body; `application/json` if absent. */
  contentType?: string;
  signal?: AbortSignal;
};

/** `lost`: no answer arrived, so the API server may or may not have handled the request. */
export type KubeOutcome =
  | {
      kind: "answer";
      status: number;
      body: unknown;
      date: EpochMs | undefined;
      /** How long the API server asks to wait, in milliseconds. */
      retryAfterMs?: number;
    }
  | { kind: "lost"; detail: string };

/** An open answer, as a watch has it. `body` must be read to its end or destroyed. */
export type KubeStream = { kind: "stream"; date: EpochMs | undefined; body: IncomingMessage };

export type KubeOptions = {
  authority: Authority;
  /** How long a call may take, and how long a stream may take to open, in milliseconds. */
  timeoutMs: number;
  /** Called after every call, and when a stream has opened. `status` 0 means that no answer arrived. */
  onCall?: (call: { method: string; path: string; status: number; date: EpochMs | undefined }) => void;
};

/** The Kubernetes API. Failures of the API server or the network are an outcome, not an exception. */
export type Kube = {
  call(request: KubeRequest): Promise<KubeOutcome>;
  /** Opens an answer whose body arrives over time. An answer other than 200 is returned whole. */
  stream(request: KubeRequest): Promise<KubeStream | KubeOutcome>;
};

export const createKube = (options: KubeOptions): Kube => {
  const begin = async (request: KubeRequest): Promise<IncomingMessage> => {
    const { authority, timeoutMs } = options;
    const url = new URL(authority.server.replace(/\/+$/, "") + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const tls: RequestOptions = { method: request.method ?? "GET", headers: {} };
    await authority.apply(tls);
    const headers = {
      accept: "application/json",
      ...tls.headers,
      ...(payload === undefined
        ? {}
        : { "content-type": request.contentType ?? "application/json", "content-length": payload.length }),
    };
    return new Promise((resolve, reject) => {
      const open = url.protocol === "http:" ? requestPlain : requestTls;
      const outgoing = open(url, {
        ...tls,
        headers,
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)), timeoutMs);
      outgoing.once("close", () => clearTimeout(timer));
      outgoing.once("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      outgoing.once("response", (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      outgoing.end(payload);
    });
  };

  const note = (request: KubeRequest, status: number, date: EpochMs | undefined): void =>
    options.onCall?.({ method: request.method ?? "GET", path: request.path, status, date });

  const lost = (request: KubeRequest, error: unknown): KubeOutcome => {
    note(request, 0, undefined);
    return { kind: "lost", detail: textOf(error) };
  };

  const whole = async (request: KubeRequest, response: IncomingMessage): Promise<KubeOutcome> => {
    const timer = setTimeout(() => response.destroy(new Error("the answer did not end in time")), options.timeoutMs);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const status = response.statusCode ?? 0;
      const date = dateOf(response);
      note(request, status, date);
      const waitMs = date === undefined ? undefined : retryAfterMs(response.headers["retry-after"] ?? null, date);
      return {
        kind: "answer",
        status,
        body: parseJson(Buffer.concat(chunks).toString("utf8")),
        date,
        ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
      };
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    call: async (request) => {
      try {
        return await whole(request, await begin(request));
      } catch (error) {
        return lost(request, error);
      }
    },
    stream: async (request) => {
      try {
        const response = await begin(request);
        if (response.statusCode !== 200) return await whole(request, response);
        note(request, 200, dateOf(response));
        return { kind: "stream", date: dateOf(response), body: response };
      } catch (error) {
        return lost(request, error);
      }
    },
  };
};

/** What an answer other than 2xx says, in a line: the `Status` of the API server, or its status code. */
export const describeKube = (outcome: KubeOutcome): string => {
  if (outcome.kind === "lost") return `no answer (${outcome.detail})`;
  const { reason, message } = statusOf(outcome.body);
  return [`${outcome.status}`, reason, message].filter((part) => part !== undefined && part !== "").join(" ");
};

/** Whether a call did what it asked for. */
export const isDone = (outcome: KubeOutcome): outcome is Extract<KubeOutcome, { kind: "answer" }> =>
  outcome.kind === "answer" && outcome.status >= 200 && outcome.status < 300;

/** The `reason` and `message` of a Kubernetes `Status`, where the body is one. */
export const statusOf = (body: unknown): { reason?: string; message?: string } => {
  if (typeof body !== "object" || body === null) return {};
  const { reason, message } = body as Record<string, unknown>;
  return {
    ...(typeof reason === "string" ? { reason } : {}),
    ...(typeof message === "string" ? { message } : {}),
  };
};

const dateOf = (response: IncomingMessage): EpochMs | undefined => {
  const date = Date.parse(response.headers.date ?? "");
  return Number.isNaN(date) ? undefined : date;
};

const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  // An error of several addresses has no message of its own.
  if (error instanceof AggregateError && error.message === "") return error.errors.map(textOf).join("; ");
  return error.message;
};

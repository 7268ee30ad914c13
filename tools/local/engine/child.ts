import type { ChildProcess } from "node:child_process";
import { StartError } from "../start-error.ts";
import { engineBinary } from "./binary.ts";
import { linesOf } from "./lines.ts";
import { isRunning, spawnEngine, stopEngine, whenEnded } from "./process.ts";

/** The engine over its standard input and output: the Model Context Protocol, JSON-RPC 2.0 with a message a line. */
export type EngineChild = {
  readonly pid: number;
  /** Settles when the engine has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Calls one of the engine's tools. Rejects with an `EngineGone` if the engine ends first. */
  call(tool: string, args: object): Promise<ToolAnswer>;
  stop(): Promise<void>;
};

/** An answer as JSON text, or a refusal of the engine. */
export type ToolAnswer = { ok: true; text: string } | { ok: false; text: string };

export class EngineGone extends Error {
  override name = "EngineGone";
}

const PROTOCOL_VERSION = "2025-06-18";
const READY_TIMEOUT_MS = 5_000;

/**
 * Starts the engine on a database file, without a port. It ends within seconds after this process, however that ends,
 * because its standard input closes. Rejects with a `StartError` if its binary is missing or it does not start.
 */
export const startEngineChild = async (
  dbPath: string,
  { onSpawn }: { onSpawn?: (pid: number) => void } = {},
): Promise<EngineChild> => {
  const { child, output } = spawnEngine(
    engineBinary(),
    ["mcp", "--db-path", dbPath],
    { stdio: ["pipe", "pipe", "pipe"], detached: true },
    onSpawn,
  );
  const request = requests(child);
  const hello = {
    protocolVersion: PROTOCOL_VERSION,
    capabilities: {},
    clientInfo: { name: "license-server", version: "1" },
  };
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_TIMEOUT_MS);
  try {
    await request("initialize", hello);
  } catch (error) {
    await stopEngine(child);
    throw new StartError([`the database engine did not start: ${output() || "no answer in time"}`], { cause: error });
  } finally {
    clearTimeout(timer);
  }
  child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
  return {
    pid: child.pid ?? -1,
    ended: whenEnded(child),
    call: async (name, args) => {
      const result = (await request("tools/call", { name, arguments: args })) as {
        content?: { text?: string }[];
        isError?: boolean;
      };
      return { ok: result.isError !== true, text: result.content?.[0]?.text ?? "" };
    },
    stop: () => stopEngine(child),
  };
};

type Waiting = { resolve: (result: unknown) => void; reject: (error: Error) => void };
type Message = { id?: number; result?: unknown; error?: { message?: string } };

/** Sends requests and finds the answer of each by its id. */
const requests = (child: ChildProcess): ((method: string, params: object) => Promise<unknown>) => {
  const waiting = new Map<number, Waiting>();
  let ids = 0;
  const fail = () => {
    for (const { reject } of waiting.values()) reject(new EngineGone("the database engine has ended"));
    waiting.clear();
  };
  child.once("exit", fail);
  child.once("error", fail);
  // A pipe that breaks while it is written to is the engine's end, which is handled above.
  child.stdin?.on("error", () => undefined);
  child.stdout?.setEncoding("utf8").on(
    "data",
    linesOf((line) => {
      const { id = 0, result, error } = JSON.parse(line) as Message;
      const caller = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) caller?.resolve(result);
      else caller?.reject(new Error(`the database engine refused a call: ${error.message}`));
    }),
  );
  return (method, params) =>
    new Promise((resolve, reject) => {
      if (!isRunning(child)) {
        reject(new EngineGone("the database engine has ended"));
        return;
      }
      ids += 1;
      waiting.set(ids, { resolve, reject });
      child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", id: ids, method, params })}\n`);
    });
};

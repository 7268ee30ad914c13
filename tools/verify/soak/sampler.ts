import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ServerProcess } from "../server-process.ts";

/** The resources of a process and its database at one moment. Undefined where this system does not report them. */
export type Sample = {
  /** The server's memory in the heap and outside of it, after a garbage collection. */
  serverHeapMb: number;
  serverExternalMb: number;
  /** Timers, sockets and requests that keep its event loop busy. */
  serverResources: number;
  serverRssMb: number | undefined;
  serverHandles: number | undefined;
  serverThreads: number | undefined;
  engineRssMb: number | undefined;
  engineHandles: number | undefined;
  databaseMb: number | undefined;
};

export type Sampled = { server: ServerProcess; enginePid: number; dataDir: string };

/** Takes a sample after a garbage collection. Process figures come from Linux, heap figures from the probe. */
export const sample = async ({ server, enginePid, dataDir }: Sampled): Promise<Sample> => {
  const { heapUsed, external, resources } = (await server.ask()) as Probed;
  return {
    serverHeapMb: heapUsed / BYTES_PER_MB,
    serverExternalMb: external / BYTES_PER_MB,
    serverResources: resources,
    serverRssMb: statusMb(server.pid, "VmRSS"),
    serverHandles: handlesOf(server.pid),
    serverThreads: statusNumber(server.pid, "Threads"),
    engineRssMb: statusMb(enginePid, "VmRSS"),
    engineHandles: handlesOf(enginePid),
    databaseMb: databaseMb(join(dataDir, "engine")),
  };
};

type Probed = { heapUsed: number; external: number; resources: number };

const BYTES_PER_MB = 1_024 ** 2;

const statusNumber = (pid: number, name: string): number | undefined => {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return undefined;
  const value = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(path, "utf8"))?.[1];
  return value === undefined ? undefined : Number(value);
};

const statusMb = (pid: number, name: string): number | undefined => {
  const kilobytes = statusNumber(pid, name);
  return kilobytes === undefined ? undefined : kilobytes / 1_024;
};

const handlesOf = (pid: number): number | undefined =>
  existsSync(`/proc/${pid}/fd`) ? readdirSync(`/proc/${pid}/fd`).length : undefined;

// The database and its log.
const databaseMb = (folder: string): number | undefined =>
  existsSync(folder)
    ? readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / BYTES_PER_MB
    : undefined;

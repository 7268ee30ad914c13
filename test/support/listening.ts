import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The TCP ports on which these processes listen, by Linux's own tables (proc(5), /proc/net/tcp). */
export const listeningPorts = (pids: readonly number[]): number[] => {
  const sockets = new Set(pids.flatMap(socketsOf));
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((table) => readFileSync(table, "utf8").trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === LISTEN && sockets.has(inode ?? ""))
    .map(([, local = ""]) => Number.parseInt(local.split(":")[1] ?? "", 16));
};

const LISTEN = "0A";

const socketsOf = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      // Closed meanwhile.
      return [];
    }
  });

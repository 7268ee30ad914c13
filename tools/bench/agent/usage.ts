import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What a process has used so far: seconds of a processor, and its largest memory in MiB. Linux only. */
export type ProcessUsage = { cpuSeconds: number; maxMemoryMib: number };

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
// Of the fields after the command's name, which may contain spaces.
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** The same figures as `process.cpuUsage()` and `resourceUsage().maxRSS` within that process. */
export const readUsage = (pid: number): ProcessUsage => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { cpuSeconds: ticks / TICKS_PER_SECOND, maxMemoryMib: Number(peak) / 1_024 };
};

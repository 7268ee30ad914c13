import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The command line of a process, "" if there is no such process. */
export const commandLine = (pid: number): string => {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    const [file, args] =
      process.platform === "win32"
        ? (["powershell", ["-NoProfile", "-Command", windowsQuery(pid)]] as const)
        : (["ps", ["-ww", "-o", "command=", "-p", String(pid)]] as const);
    return execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "";
  }
};

const windowsQuery = (pid: number): string =>
  `(Get-CimInstance Win32_Process -Filter 'ProcessId = ${pid}').CommandLine`;

import { describe, expect, it } from "vitest";
import { engineBinary } from "../../../../tools/local/engine/binary.ts";
import { startServedEngine } from "../../../../tools/local/engine/served.ts";

describe("the embedded engine", () => {
  it("is missed in one line that says what to do", () => {
    expect(() => engineBinary("plan9", "mips")).toThrow(
      /^the database engine @dynoxide\/plan9-mips is not installed: run npm ci, or set DYNAMODB_ENDPOINT .*$/,
    );
  });

  it("that cannot open its database is told in one line, and leaves no process", async () => {
    const pids: number[] = [];
    const started = startServedEngine({ dbPath: "/nowhere/table.db", onSpawn: (pid) => pids.push(pid) });
    await expect(started).rejects.toThrow(/^the database engine did not start: .*$/);
    expect(pids).toHaveLength(1);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  });
});

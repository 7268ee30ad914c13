import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { usageMarks } from "../../../../shared/usage/marks.ts";
import { runBackfill } from "../../../../tools/cli/usage/backfill-command.ts";
import { createMemoryTable } from "../../../support/memory-table.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backfill-command-"));
});
afterAll(() => rm(folder, { recursive: true }));

const NOW = Date.parse("2026-11-21T00:00:00Z");
const HISTORY = `session_id,started_at,ended_at,client_id,client_hostname,client_username,kubernetes_username,namespace,target_kind,target_name
s-1,2026-11-20T08:00:00Z,2026-11-20T08:30:00Z,SHA256:ab,ana-laptop,ana,ana@example.com,shop,deployment,checkout
`;

it("a check of one row never says that the row was imported", async () => {
  const path = join(folder, "history.csv");
  await writeFile(path, HISTORY);
  const table = createMemoryTable();
  const now = () => NOW;
  const pace = { now, random: () => 0, sleep: async () => undefined };
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line.replace(/\d+ rows\/s/, "<n> rows/s"));
  await runBackfill(
    { table, pace, usageMarks: usageMarks(table, now, 365), retentionDays: 365 },
    path,
    { check: true },
    { result: print, progress: print, note: print },
  );
  expect(lines).toEqual([
    "1 row read, 1 can be imported, <n> rows/s",
    "1 row: 1 can be imported, 0 already stored, 0 stored with other values, 0 refused",
  ]);
});

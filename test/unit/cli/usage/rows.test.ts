import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HistoryRow } from "../../../../shared/data-care/backfill.ts";
import { columnOf, csvRows } from "../../../../tools/cli/usage/csv-rows.ts";
import { jsonLineRows, jsonRows } from "../../../../tools/cli/usage/json-rows.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "history-rows-"));
});
afterAll(() => rm(folder, { recursive: true }));

type Reader = (path: string, unreadable: (line: number, fault: string) => void) => AsyncIterable<HistoryRow>;
const read = async (reader: Reader, text: string | Buffer) => {
  const path = join(folder, "history");
  await writeFile(path, text);
  const rows: HistoryRow[] = [];
  const unreadable: number[] = [];
  for await (const row of reader(path, (line) => unreadable.push(line))) rows.push(row);
  return { rows, unreadable };
};

const HEADER =
  "session_id,started_at,ended_at,ci,client_id,client_hostname,client_username,kubernetes_username,namespace,target_kind,target_name,target_container";

describe("history as CSV", () => {
  it("is nested as on the wire, empty columns left out, each row with its line", async () => {
    const text = `\ufeff${HEADER}\na,t1,t2,1,m,h,"n, the first",k,ns,deployment,cart,\n,t1,t2,maybe,m,h,n,k,ns,pod,cart,app\n`;
    const { rows } = await read(csvRows, text);
    const client = { id: "m", hostname: "h", username: "n, the first", kubernetes_username: "k" };
    expect(rows).toEqual([
      {
        line: 2,
        value: {
          session_id: "a",
          started_at: "t1",
          ended_at: "t2",
          ci: true,
          client,
          target: { namespace: "ns", kind: "deployment", name: "cart" },
        },
      },
      {
        line: 3,
        value: {
          started_at: "t1",
          ended_at: "t2",
          ci: "maybe",
          client: { ...client, username: "n" },
          target: { namespace: "ns", kind: "pod", name: "cart", container: "app" },
        },
      },
    ]);
  });

  it("with a header that cannot be right is refused, every fault at once", async () => {
    await expect(read(csvRows, "started_at,started_at,user\n1,2,3\n")).rejects.toMatchObject({
      lines: [
        "The first line lacks the columns ended_at, client_id, client_hostname, client_username, kubernetes_username, namespace, target_kind, target_name",
        "The first line has the unknown columns user",
        "The first line names started_at twice",
      ],
    });
  });

  it("without even a header is refused as one that lacks all columns", async () => {
    await expect(read(csvRows, "\n\n")).rejects.toThrow("The first line lacks the columns started_at");
    expect(await read(csvRows, `${HEADER}\r\n`)).toEqual({ rows: [], unreadable: [] });
  });

  it("tells faults by its columns", () => {
    expect(["client.kubernetes_username", "target.name", "ended_at"].map(columnOf)).toEqual([
      "kubernetes_username",
      "target_name",
      "ended_at",
    ]);
  });
});

describe("history that is not valid UTF-8", () => {
  // Latin-1, as older tools export it.
  const latin = (text: string) => Buffer.from(text, "latin1");

  it("loses the rows that are not, whose lines are named, and no other", async () => {
    const fields = (name: string) => `t1,t2,1,m,h,"${name}",k,ns,pod,cart,`;
    const rows = [fields("ana"), fields("ren\u00e9"), fields("two\nlines \u00e9\nthree"), fields("ben")];
    const text = latin(`${HEADER}\n${rows.map((row, index) => `${index},${row}`).join("\n")}\n`);
    const csv = await read(csvRows, text);
    expect(csv.rows.map(({ line }) => line)).toEqual([2, 7]);
    expect(csv.unreadable).toEqual([3, 6]);
    const lines = await read(jsonLineRows, latin('{"a":"\u00e9"}\r\n{"a":2}\r\n'));
    expect(lines).toEqual({ rows: [{ line: 2, value: { a: 2 } }], unreadable: [1] });
  });

  it("is refused where it is one whole, or has no header that can be read", async () => {
    await expect(read(jsonRows, latin('[{"a":1},\n{"a":"\u00e9"}]'))).rejects.toThrow(
      "not valid UTF-8 at line 2, byte 7",
    );
    await expect(read(csvRows, latin(`${HEADER},\u00e9\n`))).rejects.toThrow("The first line is not valid UTF-8");
  });
});

it("a line of JSON ends at its line feed alone", async () => {
  const value = { error: "one\u2028two\u2029three\u0085" };
  expect((await read(jsonLineRows, `${JSON.stringify(value)}\n`)).rows).toEqual([{ line: 1, value }]);
});

describe("history as JSON", () => {
  it("is a list, or one object a line, of which bad ones spoil no other", async () => {
    expect((await read(jsonRows, '[{"a":1},{"a":2}]')).rows).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 2, value: { a: 2 } },
    ]);
    expect(await read(jsonLineRows, '{"a":1}\n\nno\n{"a":2}')).toEqual({
      rows: [
        { line: 1, value: { a: 1 } },
        { line: 4, value: { a: 2 } },
      ],
      unreadable: [3],
    });
    expect((await read(jsonRows, '\ufeff[{"a":1}]')).rows).toEqual([{ line: 1, value: { a: 1 } }]);
    expect((await read(jsonLineRows, '\ufeff{"a":1}')).rows).toEqual([{ line: 1, value: { a: 1 } }]);
    await expect(read(jsonRows, '{"a":1}')).rejects.toThrow("is not a JSON list of sessions");
  });
});

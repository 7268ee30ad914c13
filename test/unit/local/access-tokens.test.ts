import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { askLocally } from "../../../tools/local/access-tokens.ts";
import { openDataDir } from "../../../tools/local/data-dir.ts";
import { openDatabase } from "../../../tools/local/database.ts";
import { noteDatabase } from "../../../tools/local/database-note.ts";
import { keptSigningPath } from "../../../tools/local/secrets.ts";

/** What a server leaves in its data folder, and what it holds while it runs. */
const startServer = async (folder: string) => {
  const held = openDataDir(folder);
  keptSigningPath(folder, "access");
  const database = await openDatabase(undefined, "license-server", held.path);
  const forget = noteDatabase(held.path, {
    endpoint: database.endpoint,
    credentials: database.credentials,
    tableName: "license-server",
  });
  return {
    stop: async () => {
      forget();
      await database.stop();
      held.release();
    },
  };
};

const REQUEST = { subject: "me", scopes: SCOPES, expires_in_secs: 600 };

describe("access tokens of a local server", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "access-tokens-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const ask = (request: unknown) => askLocally(folder, request, {});
  const made = async () => {
    const answer = await ask(REQUEST);
    if (!("token" in answer)) throw new Error(JSON.stringify(answer));
    return answer;
  };
  const listed = async () => {
    const answer = await ask({ list: true });
    if (!("tokens" in answer)) throw new Error(JSON.stringify(answer));
    return answer.tokens.map(({ token_id, revoked_at }) => [token_id, revoked_at !== null]);
  };

  it("are none where no server ever ran, and that is told in one line", async () => {
    await expect(ask(REQUEST)).rejects.toThrow(/^There is no .*access-signing\.json\. Start the server once/);
  });

  it("are made, listed and revoked while the server runs and while it does not, in the same table", async () => {
    const before = { ...process.env };
    const server = await startServer(folder);
    const running = await made();
    expect(await listed()).toEqual([[running.token_id, false]]);
    await server.stop();
    const stopped = await made();
    expect(await ask({ revoke: running.token_id })).toMatchObject({ ok: true, known: true });
    const again = await startServer(folder);
    expect(new Map((await listed()) as [string, boolean][])).toEqual(
      new Map([
        [running.token_id, true],
        [stopped.token_id, false],
      ]),
    );
    await again.stop();
    expect({ ...process.env }).toEqual(before);
  });

  it("are refused with every fault of the request", async () => {
    const answer = await ask({ subject: "", scopes: [] });
    expect(answer).toMatchObject({ ok: false });
    expect("errors" in answer && answer.errors.map(({ path }) => path).toSorted()).toEqual([
      "expires_in_secs",
      "scopes",
      "subject",
    ]);
  });
});

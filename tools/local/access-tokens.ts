import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { timeoutSecondsOf } from "../../shared/contract/functions.ts";
import { SECOND_MS } from "../../shared/contract/time.ts";
import { createRuntime } from "../../shared/http/runtime.ts";
import type { TokenFunctionAnswer } from "../../shared/licensing/token-function.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { invocationContext } from "./context.ts";
import { applyHandlerEnv, type DatabaseAddress } from "./handler-env.ts";
import { openData } from "./open-data.ts";
import { LOCAL_ISSUER, signingPath } from "./secrets.ts";
import { StartError } from "./start-error.ts";

const DEFAULT_TABLE = "license-server";

/**
 * Creates, lists or revokes access tokens with the key and the table of a data folder, whether its server runs or not. The
 * request is the one of the deployed token function. Read access to the folder is enough, since the key is in it. `env` is
 * the server's environment, which may name another database, table or issuer. Throws a `StartError` for what the user can fix.
 */
export const askLocally = async (
  dataDir: string,
  request: unknown,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<TokenFunctionAnswer> => {
  const folder = resolve(dataDir);
  const path = signingPath(folder, "access");
  if (!existsSync(path)) throw new StartError([`There is no ${path}. Start the server once, or use --data-dir.`]);
  const data = await databaseOf(folder, env["DYNAMODB_ENDPOINT"] || undefined);
  try {
    return await askAt(data, request, {
      TABLE_NAME: data.tableName ?? (env["TABLE_NAME"] || DEFAULT_TABLE),
      TOKEN_ISSUER: env["TOKEN_ISSUER"] || LOCAL_ISSUER,
      ACCESS_SIGNING_PATH: path,
    });
  } finally {
    await data.close();
  }
};

const databaseOf = async (folder: string, elsewhere: string | undefined) =>
  elsewhere === undefined
    ? openData(folder)
    : { endpoint: elsewhere, tableName: undefined, close: async () => undefined };

const askAt = async (
  database: DatabaseAddress,
  request: unknown,
  contract: Record<string, string>,
): Promise<TokenFunctionAnswer> => {
  const restore = applyHandlerEnv({ contract, database });
  try {
    const now = Date.now;
    // The log lines of the function would only hide the answer here.
    const log = createLogger("error", console.error, now);
    const world = { now, newId: randomUUID, random: Math.random, log };
    // Loaded late: it reads this process's environment as it loads.
    const { create } = await import("../../functions/token/handler.ts");
    const ask = create(createRuntime("token", { ...contract, DYNAMODB_ENDPOINT: database.endpoint }, world));
    const endsAt = performance.now() + timeoutSecondsOf("token") * SECOND_MS;
    return await ask(
      request,
      invocationContext("token", randomUUID(), () => endsAt - performance.now()),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError([`The table ${contract["TABLE_NAME"]} at ${database.endpoint} cannot be used: ${reason}`], {
      cause: error,
    });
  } finally {
    restore();
  }
};

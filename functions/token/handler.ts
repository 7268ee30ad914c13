import middy from "@middy/core";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { answerTokenFunction, type TokenFunctionAnswer } from "../../shared/licensing/token-function.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. No route leads here; only IAM protects it. */
export const create = ({ env, accessKeys, table, pace, newId, now, log }: Runtime) =>
  middy<unknown, TokenFunctionAnswer>().handler((request: unknown) =>
    answerTokenFunction(
      {
        ...{ table, pace, newId, now, log },
        issuer: env.TOKEN_ISSUER,
        keys: accessKeys,
        retentionDays: env.RETENTION_SESSIONS_DAYS,
      },
      request,
    ),
  );

export const handler = create(createRuntime("token"));

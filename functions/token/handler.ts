import middy from "@middy/core";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { answerTokenRequest, type TokenAnswer } from "../../shared/licensing/token-request.ts";

/** The function over a runtime: the process's own below, a test's elsewhere. No route leads here: IAM guards it alone. */
export const create = ({ env, accessKeys, newId, now, log }: Runtime) =>
  middy<unknown, TokenAnswer>().handler((request: unknown) =>
    answerTokenRequest({ issuer: env.TOKEN_ISSUER, keys: accessKeys, newId, now, log }, request),
  );

export const handler = create(createRuntime("token"));

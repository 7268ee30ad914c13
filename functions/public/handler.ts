import document from "../../shared/contract/dist/openapi.json" with { type: "json" };
import { getHealth, getOpenApi } from "../../shared/http/endpoints/public.ts";
import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = ({ now, log, checkAddress }: Runtime) =>
  httpHandler({ now, log, checkAddress, endpoints: { health: getHealth, openapi: getOpenApi(document) } });

export const handler = create(createRuntime("public"));

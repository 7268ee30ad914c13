import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";

/** The function over a runtime: the process's own below, a test's elsewhere. */
export const create = ({ now, log }: Runtime) => httpHandler({ now, log, endpoints: {} });

export const handler = create(createRuntime("dashboard"));

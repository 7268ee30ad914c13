import { getSeats } from "../../shared/http/endpoints/seats.ts";
import { getSessions } from "../../shared/http/endpoints/session-list.ts";
import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";

/** The function over a runtime: the process's own below, a test's elsewhere. */
export const create = (runtime: Runtime) => {
  const { now, log, checkKey } = runtime;
  return httpHandler({
    now,
    log,
    authenticator: { checkKey, now },
    endpoints: { sessionList: getSessions(runtime), seatList: getSeats(runtime) },
  });
};

export const handler = create(createRuntime("admin"));

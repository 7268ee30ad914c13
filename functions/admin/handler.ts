import { getAudit } from "../../shared/http/endpoints/audit.ts";
import { deleteOperator } from "../../shared/http/endpoints/operator-release.ts";
import { getOperators } from "../../shared/http/endpoints/operators.ts";
import { deleteSeat } from "../../shared/http/endpoints/seat-release.ts";
import { getSeats } from "../../shared/http/endpoints/seats.ts";
import { deleteSession, deleteSessions } from "../../shared/http/endpoints/session-kill.ts";
import { getSessions } from "../../shared/http/endpoints/session-list.ts";
import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = (runtime: Runtime) => {
  const { now, log, checkAddress, licenseKeys, access, env } = runtime;
  return httpHandler({
    now,
    log,
    checkAddress,
    authenticator: {
      checkKey: licenseKeys.accepts,
      access,
      keyOpensAll: env.ADMIN_BY_LICENSE_KEY,
      now,
    },
    endpoints: {
      sessionList: getSessions(runtime),
      sessionKill: deleteSession(runtime),
      sessionKillAll: deleteSessions(runtime),
      operatorList: getOperators(runtime),
      operatorRelease: deleteOperator(runtime),
      seatList: getSeats(runtime),
      seatRelease: deleteSeat(runtime),
      auditList: getAudit(runtime),
    },
  });
};

export const handler = create(createRuntime("admin"));

import { NoQuery } from "../../contract/queries.ts";
import { releaseSeat } from "../../seats/release.ts";
import { tellSeatLost } from "../../sessions/seats-lost.ts";
import type { Call, Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { parseQuery } from "../parse.ts";
import { pathId } from "../path-id.ts";
import { ApiProblem } from "../problem.ts";
import type { Runtime } from "../runtime.ts";

/** `DELETE /api/v1/seats/{id}`: releases a seat now. 204; 404 where nobody holds it. */
export const deleteSeat =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    parseQuery(request, NoQuery);
    const seatId = pathId(call);
    const book = await runtime.currentBook(await heldLicense(runtime.license), call.now);
    const { table, pace, newId, env, staleMs } = runtime;
    const deps = { table, pace, newId, retentionDays: env.RETENTION_SESSIONS_DAYS };
    if (!(await releaseSeat(deps, book, seatId, actorOf(call), call)))
      throw new ApiProblem("NotFound", "nobody holds this seat in the current period");
    runtime.counts.forget();
    await tellSeatLost({ table, staleMs }, seatId, call.now).catch((error: unknown) =>
      call.log.warn("operators not told of a released seat", { seat_id: seatId, error }),
    );
    return { status: 204, headers: {}, body: "" };
  };

const actorOf = ({ principal }: Call): string =>
  principal.kind === "access" ? principal.grant.subject : "license key";

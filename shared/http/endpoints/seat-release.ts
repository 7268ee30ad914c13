import { NoQuery } from "../../contract/queries.ts";
import type { Book } from "../../seats/book.ts";
import { listSeats } from "../../seats/list.ts";
import { releaseSeat } from "../../seats/release.ts";
import { actorOf } from "../actor.ts";
import type { Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { parseQuery } from "../parse.ts";
import { pathId, pathIdFaults } from "../path-id.ts";
import { ApiProblem } from "../problem.ts";
import type { Runtime } from "../runtime.ts";
import { shownNames } from "../shown-names.ts";

/** `DELETE /api/v1/seats/{id}`: releases a seat now. 204; 404 if nobody holds it. */
export const deleteSeat =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    parseQuery(request, NoQuery, { faults: pathIdFaults(call) });
    const shownId = pathId(call);
    const book = await runtime.currentBook(await heldLicense(runtime.license), call.now);
    const seatId = await trueSeatId(runtime, book, shownId);
    const { table, pace, newId, env } = runtime;
    const deps = { table, pace, newId, retentionDays: env.RETENTION_SESSIONS_DAYS };
    if (seatId === undefined || !(await releaseSeat(deps, book, seatId, actorOf(call), call)))
      throw new ApiProblem(
        "NotFound",
        "Nobody holds this seat in the current billing period. GET /api/v1/seats lists the seats that are held",
      );
    runtime.counts.forget();
    return { status: 204, headers: {}, body: "" };
  };

// With pseudonyms, only the shown id finds a seat. The true id could be computed from a guessed user.
const trueSeatId = async (runtime: Runtime, book: Book, shownId: string): Promise<string | undefined> => {
  const names = await shownNames(runtime);
  if (!names.pseudonymsOnly) return shownId;
  return (await listSeats(runtime.table, book)).find(({ id }) => names.seat(id) === shownId)?.id;
};

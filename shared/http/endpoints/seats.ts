import { SeatListQuery } from "../../contract/queries.ts";
import type { SeatListResponse } from "../../contract/responses.ts";
import { formatTime } from "../../contract/time.ts";
import type { ShownNames } from "../../privacy/shown-names.ts";
import { listSeats } from "../../seats/list.ts";
import { seatNumbers } from "../../seats/numbers.ts";
import type { Seat } from "../../seats/seat.ts";
import type { Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";
import { shownNames } from "../shown-names.ts";

/** `GET /api/v1/seats`: the seats of the current period; `?summary=true` gives their numbers alone. */
export const getSeats =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    const { summary } = parseQuery(request, SeatListQuery);
    const book = await runtime.currentBook(await heldLicense(runtime.license), now);
    const seats = summary ? undefined : await listSeats(runtime.table, book);
    const used = seats?.length ?? (await runtime.counts.get(book));
    const body: SeatListResponse = {
      ...seatNumbers(book, used),
      overage: book.max === null ? 0 : Math.max(0, used - book.max),
      tracking_mode: book.trackingMode,
      period: { from: formatTime(book.period.from), to: formatTime(book.period.to) },
      ...(seats === undefined ? {} : { seats: await shownSeats(runtime, seats) }),
    };
    return json(200, body);
  };

const shownSeats = async (runtime: Runtime, seats: readonly Seat[]) => {
  const names = await shownNames(runtime);
  return seats.map((seat) => shown(seat, names));
};

const shown = (seat: Seat, names: ShownNames): NonNullable<SeatListResponse["seats"]>[number] => ({
  id: names.seat(seat.id),
  kubernetes_username: names.person(seat.kubernetesUsername),
  client_hostname: names.machine(seat.clientHostname),
  client_username: names.person(seat.clientUsername),
  claimed_at: formatTime(seat.claimedAt),
  last_seen: formatTime(seat.lastSeen),
  overage: seat.overage,
});

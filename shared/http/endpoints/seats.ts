import * as v from "valibot";
import { FULL_PAGE_BYTES } from "../../contract/full-page.ts";
import { SeatListQuery } from "../../contract/queries.ts";
import { Id } from "../../contract/requests.ts";
import type { SeatListResponse } from "../../contract/responses.ts";
import { formatTime } from "../../contract/time.ts";
import type { ShownNames } from "../../privacy/shown-names.ts";
import { type Book, isFloating } from "../../seats/book.ts";
import { listSeats } from "../../seats/list.ts";
import { seatNumbers } from "../../seats/numbers.ts";
import type { Seat } from "../../seats/seat.ts";
import { readSeatActivity, type SeatActivity } from "../../sessions/seat-activity.ts";
import { KeyTime, readCursor, writeCursor } from "../cursor.ts";
import type { Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";
import { shownNames } from "../shown-names.ts";

/** `GET /api/v1/seats`: the seats of the current period, in pages; with `?summary=true`, only the numbers. */
export const getSeats =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    const { summary, limit, cursor } = parseQuery(request, SeatListQuery);
    const after = cursor === undefined ? undefined : readCursor(cursor, Cursor);
    const book = await runtime.currentBook(await heldLicense(runtime.license), now);
    const seats = summary ? undefined : await listSeats(runtime.table, book, { consistent: false });
    const used = seats?.length ?? (await runtime.counts.get(book));
    const body: SeatListResponse = {
      ...seatNumbers(book, used),
      overage: book.max === null ? 0 : Math.max(0, used - book.max),
      tracking_mode: book.trackingMode,
      ...(isFloating(book) ? { mode: "floating" } : {}),
      period: { from: formatTime(book.period.from), to: formatTime(book.period.to) },
      ...(seats === undefined ? {} : await pageOf(seats, { limit, after, book }, runtime)),
    };
    return json(200, body);
  };

type ShownSeat = NonNullable<SeatListResponse["seats"]>[number];
type Place = v.InferOutput<typeof Cursor>;
const Cursor = v.strictObject({ claimed_at: KeyTime, id: Id });

// Every page reads all seats, since they are stored in another order than they are listed in. The order uses the shown ids:
// if those are pseudonyms, a cursor must not reveal the true ones.
const pageOf = async (
  seats: readonly Seat[],
  { limit, after, book }: { limit: number; after: Place | undefined; book: Book },
  runtime: Runtime,
) => {
  const names = await shownNames(runtime);
  const activity = await readSeatActivity(runtime.table, book);
  const rows = seats.map((seat) => shown(seat, activity.get(seat.id), names)).sort(inOrder);
  const rest = after === undefined ? rows : rows.filter((row) => inOrder(row, after) > 0);
  const page = firstOf(rest, limit);
  const last = page.at(-1);
  const isMore = last !== undefined && rest.length > page.length;
  return { seats: page, next: isMore ? writeCursor({ claimed_at: last.claimed_at, id: last.id }) : null };
};

const firstOf = (rows: readonly ShownSeat[], limit: number): ShownSeat[] => {
  let [count, bytes] = [0, 0];
  while (count < Math.min(limit, rows.length) && bytes < FULL_PAGE_BYTES) {
    bytes += Buffer.byteLength(JSON.stringify(rows[count]));
    count += 1;
  }
  return rows.slice(0, count);
};

// Times of one format compare as text.
const inOrder = (one: Place, other: Place): number =>
  one.claimed_at === other.claimed_at ? compare(one.id, other.id) : compare(one.claimed_at, other.claimed_at);

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

// A running session knows the user's latest names and activity; without one, the seat does.
const shown = (seat: Seat, activity: SeatActivity | undefined, names: ShownNames): ShownSeat => ({
  id: names.seat(seat.id),
  kubernetes_username: names.person(activity?.client.kubernetesUsername ?? seat.kubernetesUsername),
  client_hostname: names.machine(activity?.client.hostname ?? seat.clientHostname),
  client_username: names.person(activity?.client.username ?? seat.clientUsername),
  claimed_at: formatTime(seat.claimedAt),
  last_seen: formatTime(Math.max(seat.lastSeen, activity?.lastSeen ?? 0)),
  live_sessions: activity?.liveSessions ?? 0,
  overage: seat.overage,
  ...(seat.pool === undefined ? {} : { pool: seat.pool }),
});

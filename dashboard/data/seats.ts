import type { SeatListResponse } from "../../shared/contract/responses.ts";
import type { Api, Outcome } from "./api.ts";

/** The most pages that are read: a table of more seats is of no use to anybody. */
const MAX_PAGES = 10;

/** The seats with their numbers, the pages of holders put together; `next` stays where there are more than are shown. */
export const allSeats = async (api: Api, signal: AbortSignal): Promise<Outcome<SeatListResponse>> => {
  const first = await api<SeatListResponse>("seatList", { signal });
  if (!first.ok) return first;
  const seats = [...(first.value.seats ?? [])];
  let next = first.value.next ?? null;
  for (let page = 1; page < MAX_PAGES && next !== null; page += 1) {
    const more: Outcome<SeatListResponse> = await api("seatList", { query: { cursor: next }, signal });
    if (!more.ok) return more;
    seats.push(...(more.value.seats ?? []));
    next = more.value.next ?? null;
  }
  return { ok: true, value: { ...first.value, seats, next } };
};

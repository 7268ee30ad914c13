import type { SeatListResponse } from "../../shared/contract/responses.ts";
import type { Api, Outcome } from "./api.ts";
import { readPages } from "./pages.ts";

/** The seat numbers with the holders of all pages; `next` is set when there are more than the page limit. */
export const allSeats = async (api: Api, signal: AbortSignal): Promise<Outcome<SeatListResponse>> => {
  const pages = await readPages<SeatListResponse>(api, "seatList", {}, signal);
  if (!pages.ok) return pages;
  const [first] = pages.value;
  const seats = pages.value.flatMap((page) => page.seats ?? []);
  return { ok: true, value: { ...first, seats, next: pages.value.at(-1)?.next ?? null } };
};

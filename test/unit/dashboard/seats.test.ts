import { describe, expect, it } from "vitest";
import type { Api, CallOptions } from "../../../dashboard/data/api.ts";
import { allSeats } from "../../../dashboard/data/seats.ts";
import { type Seat, sessionsOfSeat } from "../../../dashboard/model/seat.ts";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";

const { seatList } = RESPONSE_EXAMPLES;
const { signal } = new AbortController();

/** An API with this many pages of one seat each. */
const apiOf = (pages: number): Api =>
  (async (_: string, { query = {} }: CallOptions = {}) => {
    const page = Number(query["cursor"] ?? 1);
    const seats = [{ ...seatList.seats?.[0], id: `seat-${page}` }];
    return { ok: true, value: { ...seatList, seats, next: page === pages ? null : String(page + 1) } };
  }) as Api;

const seatIdsOf = async (api: Api) => {
  const outcome = await allSeats(api, signal);
  return outcome.ok ? [outcome.value.seats?.map(({ id }) => id), outcome.value.next] : outcome.failure;
};

describe("the seats that the dashboard shows", () => {
  it("come from every page", async () => {
    expect(await seatIdsOf(apiOf(3))).toEqual([["seat-1", "seat-2", "seat-3"], null]);
  });

  it("stop at the page limit, and the list shows that there are more", async () => {
    const [ids, next] = (await seatIdsOf(apiOf(50))) as [string[], string];
    expect(ids).toHaveLength(10);
    expect(next).toBe("11");
  });

  it("are a failure, not a part of the list, when a page fails", async () => {
    const failing = (async (_: string, options?: CallOptions) =>
      options?.query?.["cursor"] === "2"
        ? { ok: false, failure: { kind: "unauthorized" } }
        : apiOf(3)("seatList", options)) as Api;
    expect(await seatIdsOf(failing)).toEqual({ kind: "unauthorized" });
  });
});

describe("the live sessions of a seat", () => {
  const seat: Seat = { ...(seatList.seats?.[0] as Seat), client_hostname: "laptop" };
  const [example] = RESPONSE_EXAMPLES.sessionList.sessions;
  const sessions = [
    { ...example, id: "here", ci: false, user: "Ana/ana@laptop" },
    { ...example, id: "elsewhere", ci: false, user: "Ana/ana@desktop" },
    { ...example, id: "pipeline", ci: true, user: "Ana/ana@laptop" },
  ] as Parameters<typeof sessionsOfSeat>[1];
  const idsOf = (mode: string) => sessionsOfSeat(seat, sessions, mode).map(({ id }) => id);

  it("are those of its machine, or of its user where the user has the seat; CI uses none", () => {
    expect(idsOf("ClientCertificate")).toEqual(["here"]);
    expect(idsOf("KubernetesUser")).toEqual(["here", "elsewhere"]);
  });
});

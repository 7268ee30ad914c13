import { describe, expect, it } from "vitest";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";
import { DAY_MS, formatTime } from "../../../shared/contract/time.ts";
import { EXIT } from "../../../tools/cli/exit.ts";
import { fakeRun, NOW } from "./fake-run.ts";

const { seatHistory, seatForecast, seatList } = RESPONSE_EXAMPLES;
const [seat] = seatList.seats ?? [];

const seen = (id: string, ago: number) => ({ ...seat, id, last_seen: formatTime(NOW - ago) });
const seats = () =>
  Response.json({
    ...seatList,
    seats: [seen("s-now", 0), seen("s-week", 7 * DAY_MS - 1), seen("s-old", 7 * DAY_MS), seen("s-older", 20 * DAY_MS)],
    next: null,
  });
const listed = async (...args: string[]) =>
  (
    JSON.parse((await fakeRun(["seat", "ls", "-o", "json", ...args], seats)).out) as { seats: { id: string }[] }
  ).seats.map(({ id }) => id);

describe("seat ls --idle and --user", () => {
  it("lists the seats whose users were last seen so long ago or longer", async () => {
    expect(await listed()).toEqual(["s-now", "s-week", "s-old", "s-older"]);
    expect(await listed("--idle", "7d")).toEqual(["s-old", "s-older"]);
    expect(await listed("--idle", "14d")).toEqual(["s-older"]);
    expect(await listed("--idle", "1h")).toEqual(["s-week", "s-old", "s-older"]);
  });

  it("says how many they are", async () => {
    const { out } = await fakeRun(["seat", "ls", "--idle", "14d"], seats);
    expect(out.split("\n")[0]).toMatch(/, 1 idle for 14d or longer$/);
    expect(out).toContain("s-older");
    expect(out).not.toContain("s-old ");
  });

  it("lists one user's seats, by each name that the table shows", async () => {
    const others = () =>
      Response.json({
        ...seatList,
        seats: [
          { ...seat, id: "s-ana", kubernetes_username: "ana@x", client_username: "root", client_hostname: "laptop" },
          { ...seat, id: "s-ben", kubernetes_username: "ben@x", client_username: "root", client_hostname: "desk" },
        ],
        next: null,
      });
    const idsOf = async (user: string) =>
      (
        JSON.parse((await fakeRun(["seat", "ls", "-o", "json", "--user", user], others)).out) as {
          seats: { id: string }[];
        }
      ).seats.map(({ id }) => id);
    expect(await idsOf("ana@x")).toEqual(["s-ana"]);
    expect(await idsOf("root@desk")).toEqual(["s-ben"]);
    expect(await idsOf("root")).toEqual(["s-ana", "s-ben"]);
    expect(await idsOf("ana")).toEqual([]);
    const { out } = await fakeRun(["seat", "ls", "--user", "ben@x"], others);
    expect(out.split("\n")[0]).toMatch(/, 1 of ben@x$/);
  });

  it.each(["14", "d", "-1d", "0d", "1.5d", "14 d", "2w", "99999d"])(
    "refuses %j, before anything is asked",
    async (idle) => {
      const { exit, err, requests } = await fakeRun(["seat", "ls", `--idle=${idle}`], seats);
      expect({ exit, requests }).toEqual({ exit: EXIT.usage, requests: [] });
      expect(err).toContain("--idle must be a number of days or hours: 14d, 36h.");
    },
  );
});

describe("seat history", () => {
  const answer = () => Response.json(seatHistory);

  it("is a table in which what is not known is empty", async () => {
    const { out, requests } = await fakeRun(["seat", "history", "--from", "2026-11"], answer);
    expect(requests).toEqual(["GET /api/v1/seats/history?from=2026-11-01T00%3A00%3A00.000Z"]);
    expect(out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["DAY", "HELD", "SEATS", "OVERAGE", "DENIALS", "ACTIVE", "IDLE 7D", "IDLE 14D", "IDLE 30D", "REBUILT"],
      ["2026-11-18", "-", "-", "-", "-", "-", "-", "-", "-", "no"],
      ["2026-11-19", "25", "25", "0", "2", "19", "3", "1", "0", "no"],
      [""],
    ]);
  });

  it("is JSON, or the server's CSV", async () => {
    const { out } = await fakeRun(["seat", "history", "--format", "json"], answer);
    expect(JSON.parse(out)).toEqual(seatHistory);
    const csv = await fakeRun(["seat", "history", "--format", "csv"], answer);
    expect(csv.out.split("\r\n")[1]).toBe("2026-11-18,,,,,,,,,false");
  });

  it("says so where no day is closed", async () => {
    const { out } = await fakeRun(["seat", "history"], () => Response.json({ ...seatHistory, days: [] }));
    expect(out).toBe("No closed days in this period.\n");
  });

  it("names a server that is too old", async () => {
    const { exit, err } = await fakeRun(["seat", "history"], () =>
      Response.json(
        { type: "about:blank", title: "Not Found", status: 404, code: "NotFound", detail: "x" },
        { status: 404 },
      ),
    );
    expect(exit).not.toBe(0);
    expect(err).not.toBe("");
  });
});

describe("seat forecast", () => {
  const shown = async (changes: object) =>
    (await fakeRun(["seat", "forecast"], () => Response.json({ ...seatForecast, ...changes }))).out;
  const without = { growth_per_day: null, on: null, earliest: null, latest: null };

  it("names the day, and its earliest and latest", async () => {
    const out = await shown({});
    expect(out).toContain("17 users in the 30 days to 2026-11-30, 25 seats");
    expect(out).toMatch(/growth +0.50 users a day/);
    expect(out).toMatch(/seats reached +2026-12-17/);
    expect(out).toMatch(/80 % of cases +2026-12-13 to 2026-12-21/);
  });

  it("says what is beyond a year", async () => {
    const out = await shown({ on: null, latest: null });
    expect(out).toMatch(/seats reached +not within 365 days/);
    expect(out).toMatch(/80 % of cases +2026-12-13 to later than 365 days/);
    expect(await shown({ on: null, earliest: null, latest: null })).toMatch(/80 % of cases +not within 365 days/);
  });

  it("says why there is none", async () => {
    expect(await shown({ status: "too_few_days", users: null, as_of: null, ...without })).toContain(
      "Too few days: a forecast needs 14 closed days, each with the 30 days before it.",
    );
    expect(await shown({ status: "reached", ...without })).toContain("The license's seats are reached.");
    expect(await shown({ status: "unlimited", max_seats: null, ...without })).toContain("The license has no maximum.");
  });
});

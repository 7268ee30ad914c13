import { NoQuery } from "../../contract/queries.ts";
import type { SeatForecastResponse } from "../../contract/responses.ts";
import { DAY_MS, dayOf } from "../../contract/time.ts";
import { forecastPoints, forecastSeats, MOST_FORECAST_DAYS } from "../../seats/forecast.ts";
import { readSeatDays } from "../../seats/seat-days.ts";
import type { Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

/** The days that are looked at for values: enough for 30 of them, with gaps. */
const LOOK_BACK_DAYS = 90;

/** `GET /api/v1/seats/forecast`: when the users reach the license's seats. */
export const getSeatForecast =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    parseQuery(request, NoQuery);
    const book = await runtime.currentBook(await heldLicense(runtime.license), now);
    const history = await readSeatDays(runtime.table, dayOf(now - LOOK_BACK_DAYS * DAY_MS), dayOf(now));
    const series = book.rules.mode;
    const points = forecastPoints(series, history).slice(-MOST_FORECAST_DAYS);
    const used = await runtime.counts.get(book);
    const { status, users, growthPerDay, on, earliest, latest } = forecastSeats(points, { max: book.max, used, now });
    const body: SeatForecastResponse = {
      status,
      series,
      max_seats: book.max,
      users,
      as_of: points.at(-1)?.day ?? null,
      growth_per_day: growthPerDay,
      ...{ on, earliest, latest },
      points: points.map((point) => ({ date: point.day, users: point.users })),
    };
    return json(200, body);
  };

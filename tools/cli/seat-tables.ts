import type { SeatForecastResponse, SeatHistoryResponse } from "../../shared/contract/responses.ts";
import { facts, table } from "./table.ts";
import { count, ofMax } from "./text.ts";

export const seatHistoryTable = ({ days }: SeatHistoryResponse): string =>
  days.length === 0
    ? "No closed days in this period."
    : table(
        ["Day", "Held", "Seats", "Overage", "Denials", "Active", "Idle 7d", "Idle 14d", "Idle 30d", "Rebuilt"],
        days.map((day) => [
          day.date,
          day.held,
          day.held === null ? null : (day.max_seats ?? "unlimited"),
          day.overage,
          day.denials,
          day.active_users,
          day.idle_7_days,
          day.idle_14_days,
          day.idle_30_days,
          day.rebuilt ? "yes" : "no",
        ]),
      );

export const seatForecastTable = (forecast: SeatForecastResponse): string => {
  const { status, growth_per_day: growth } = forecast;
  const lines = [...usersLine(forecast)];
  if (status !== "forecast") return [...lines, WITHOUT[status]].join("\n");
  const growing = facts([
    ["growth", `${(growth ?? 0).toFixed(2)} users a day`],
    ["seats reached", forecast.on ?? BEYOND],
    ["80 % of cases", rangeOf(forecast)],
  ]);
  return [...lines, growing].join("\n");
};

const usersLine = ({ users, as_of, max_seats, series }: SeatForecastResponse): string[] => {
  if (users === null || as_of === null) return [];
  const seats = max_seats === null ? "unlimited seats" : count(max_seats, "seat");
  return series === "period"
    ? [`${count(users, "user")} in the 30 days to ${as_of}, ${seats}`]
    : [`${ofMax(users, max_seats)} seats held at the most in the 7 days to ${as_of}`];
};

const BEYOND = "not within 365 days";

const WITHOUT = {
  too_few_days: "Too few days: a forecast needs 14 closed days, each with the 30 days before it.",
  reached: "The license's seats are reached.",
  unlimited: "The license has no maximum.",
} as const;

const rangeOf = ({ earliest, latest }: SeatForecastResponse): string =>
  earliest === null ? BEYOND : `${earliest} to ${latest ?? "later than 365 days"}`;

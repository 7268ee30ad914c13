import type { SeatForecastResponse } from "../../shared/contract/responses.ts";

/** A forecast as a figure with its detail. `day` formats a day. */
export const forecastFigure = (
  { status, on, earliest, latest }: SeatForecastResponse,
  day: (date: string) => string,
): { value: string; detail: string } => {
  if (status !== "forecast") return WITHOUT[status];
  const value = on === null ? "Not within a year" : day(on);
  if (earliest === null) return { value, detail: "80 %: not within a year" };
  return { value, detail: `80 %: ${day(earliest)} – ${latest === null ? "later than a year" : day(latest)}` };
};

const WITHOUT = {
  too_few_days: { value: "–", detail: "14 days of history needed, after the first 30" },
  reached: { value: "Reached", detail: "All seats are in use" },
  unlimited: { value: "–", detail: "The license has no maximum" },
} as const;

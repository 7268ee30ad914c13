import { useMemo } from "preact/hooks";
import type { TrendDay } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import type { Formats } from "../model/format.ts";
import { type Line, LineChart } from "./line-chart.tsx";

export const TREND_MEASURES = [
  { id: "sessions", title: "Sessions" },
  { id: "time", title: "Session time" },
  { id: "users", title: "Users" },
  { id: "peak", title: "Peak" },
  { id: "seats", title: "Seats" },
] as const;

export type TrendMeasure = (typeof TREND_MEASURES)[number]["id"];

const LINES: Record<TrendMeasure, readonly { title: string; value: (day: TrendDay) => number | null }[]> = {
  sessions: [
    { title: "Sessions", value: (day) => day.sessionCount },
    { title: "CI sessions", value: (day) => day.ciSessionCount },
  ],
  time: [
    { title: "Session time", value: (day) => day.sessionTimeSeconds },
    { title: "CI session time", value: (day) => day.ciSessionTimeSeconds },
  ],
  users: [
    { title: "Active users", value: (day) => day.activeUsers },
    { title: "New users", value: (day) => day.newUsers },
  ],
  peak: [
    { title: "Concurrent sessions", value: (day) => day.maxConcurrentSessions },
    { title: "Concurrent CI sessions", value: (day) => day.maxConcurrentCiSessions },
  ],
  seats: [
    { title: "Seats claimed", value: (day) => day.seatsClaimed },
    { title: "Refused sessions", value: (day) => day.denials },
  ],
};

/** One measure of usage per day. */
export const TrendChart = ({ days, measure }: { days: readonly TrendDay[]; measure: TrendMeasure }) => {
  const { formats } = useDashboard();
  const dates = useMemo(() => days.map(({ date }) => date), [days]);
  const lines = useMemo<Line[]>(
    () => LINES[measure].map(({ title, value }) => ({ title, values: days.map(value) })),
    [days, measure],
  );
  const title = `${TREND_MEASURES.find(({ id }) => id === measure)?.title ?? ""} per day`;
  return (
    <LineChart
      title={title}
      days={dates}
      lines={lines}
      format={formatOf(formats, measure)}
      durations={measure === "time"}
    />
  );
};

const formatOf = (formats: Formats, measure: TrendMeasure): ((value: number) => string) =>
  measure === "time" ? formats.duration : formats.decimal;

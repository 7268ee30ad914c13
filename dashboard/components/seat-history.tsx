import { useMemo } from "preact/hooks";
import type { SeatHistoryDay } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import { useSeatForecast } from "../data/resources.ts";
import { forecastFigure } from "../model/forecast.ts";
import { Card } from "./basics.tsx";
import { type Line, LineChart } from "./line-chart.tsx";
import { Loaded } from "./loaded.tsx";

/** The seats of each closed day, the holders that are idle, and the forecast. */
export const SeatHistory = ({ days }: { days: readonly SeatHistoryDay[] }) => {
  const { formats } = useDashboard();
  const forecast = useSeatForecast();
  const dates = useMemo(() => days.map(({ date }) => date), [days]);
  const lines = useMemo<Line[]>(() => LINES.map(({ title, value }) => ({ title, values: days.map(value) })), [days]);
  const last = days.at(-1);
  return (
    <>
      <section class="cards inner" aria-label="Seat history">
        <Loaded resource={forecast} what="the forecast">
          {(value) => <Card inner title="Forecast" {...forecastFigure(value, formats.day)} />}
        </Loaded>
        <Card
          inner
          title="Idle for 14 days"
          value={last?.idle_14_days == null ? "–" : formats.number(last.idle_14_days)}
          detail={last && `seat holders on ${formats.day(last.date)}`}
        />
      </section>
      {days.length === 0 ? (
        <p class="note">No closed days in this range yet.</p>
      ) : (
        <LineChart title="Seats per day" days={dates} lines={lines} format={formats.number} durations={false} />
      )}
    </>
  );
};

const LINES: readonly { title: string; value: (day: SeatHistoryDay) => number | null }[] = [
  { title: "Seats held", value: (day) => day.held },
  { title: "Maximum", value: (day) => day.max_seats },
  { title: "Active users", value: (day) => day.active_users },
];

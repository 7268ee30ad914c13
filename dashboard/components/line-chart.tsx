import { useMemo, useState } from "preact/hooks";
import uPlot from "uplot";
import { useDashboard } from "../data/context.ts";
import type { Formats } from "../model/format.ts";
import { axisOf, COUNT_STEPS, DURATION_STEPS, faint, Plot, type PlotSpec } from "./plot.tsx";

export type Line = { title: string; values: readonly (number | null)[] };

type LineChartProps = {
  title: string;
  /** The days, as `2026-11-20`, the oldest first. */
  days: readonly string[];
  lines: readonly Line[];
  format: (value: number) => string;
  durations: boolean;
};

/** Lines over days, with their figures under the pointer and, for whoever wants them all, in a table. */
export const LineChart = ({ title, days, lines, format, durations }: LineChartProps) => {
  const { formats } = useDashboard();
  const [pointed, setPointed] = useState<number>();
  const spec = useMemo<PlotSpec>(
    () => specOf({ days, lines, format, durations }, formats.marks, setPointed),
    [days, lines, format, durations, formats],
  );
  const at = pointed ?? days.length - 1;
  return (
    <>
      <Plot title={title} summary={summaryOf(days, lines, format, formats.day)} spec={spec}>
        <ul class="legend">
          <li class="when">{days[at] === undefined ? "" : formats.day(days[at])}</li>
          {lines.map((line, index) => (
            <li key={line.title}>
              <span class={`swatch series-${index + 1}`} aria-hidden="true" />
              {line.title} <strong>{textOf(line.values[at], format)}</strong>
            </li>
          ))}
        </ul>
      </Plot>
      <FigureTable title={title} days={days} lines={lines} format={format} />
    </>
  );
};

const textOf = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? "–" : format(value);

const summaryOf = (
  days: readonly string[],
  lines: readonly Line[],
  format: (value: number) => string,
  formatDay: (day: string) => string,
): string => {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return "No days.";
  const peaks = lines.map(({ title, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${title}: not known yet`;
    const highest = Math.max(...known);
    return `${title}: at most ${format(highest)} on ${formatDay(days[values.indexOf(highest)] ?? "")}`;
  });
  return `${formatDay(first)} to ${formatDay(last)}. ${peaks.join(". ")}. The table below has every day.`;
};

/** The same figures as a table, made only once it is opened. */
const FigureTable = ({ title, days, lines, format }: Omit<LineChartProps, "durations">) => {
  const { formats } = useDashboard();
  const [open, setOpen] = useState(false);
  return (
    <details class="figures" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show as a table</summary>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section class="scroll tall" tabIndex={0} aria-label={`${title}, as a table`}>
          <table>
            <caption class="visually-hidden">{title}</caption>
            <thead>
              <tr>
                <th scope="col">Day (UTC)</th>
                {lines.map((line) => (
                  <th key={line.title} scope="col" class="numeric">
                    {line.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {days.map((day, index) => (
                <tr key={day}>
                  <th scope="row">{formats.day(day)}</th>
                  {lines.map((line) => (
                    <td key={line.title} class="numeric">
                      {textOf(line.values[index], format)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
};

const specOf = (
  { days, lines, format, durations }: Omit<LineChartProps, "title">,
  marks: Formats["marks"],
  onPoint: (index: number | undefined) => void,
): PlotSpec => ({
  height: 240,
  data: [days.map((day) => Date.parse(day) / 1_000), ...lines.map(({ values }) => [...values])],
  options: (colours) => ({
    // Days are days in UTC wherever the reader is.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC"),
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: { y: { range: (_, __, max) => [0, niceTop(max)] } },
    axes: [
      axisOf(colours, { space: 70, values: (_, splits, __, ___, apart) => marks(splits, apart, "UTC") }),
      axisOf(colours, {
        size: durations ? 76 : 64,
        values: (_, splits) => splits.map((value) => format(value)),
        incrs: durations ? DURATION_STEPS : COUNT_STEPS,
      }),
    ],
    series: [
      {},
      ...lines.map((line, index): uPlot.Series => {
        const stroke = colours.series[index] ?? colours.text;
        return {
          label: line.title,
          stroke,
          width: 2,
          // One filled area is a picture; several hide each other.
          ...(index === 0 ? { fill: faint(stroke, 0.13) } : {}),
          // A day between two without a figure would not be seen without its point.
          points: { show: days.length <= 45, size: 5 },
        };
      }),
    ],
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? undefined)] },
  }),
});

// Some air above the highest point, and an axis even where everything is zero.
const niceTop = (max: number | null): number => (max === null || max <= 0 ? 1 : max * 1.08);

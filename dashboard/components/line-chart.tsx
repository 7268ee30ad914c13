import { useMemo, useState } from "preact/hooks";
import uPlot from "uplot";
import { useDashboard } from "../data/context.ts";
import type { Formats } from "../model/format.ts";
import { axisOf, COUNT_STEPS, DAY_STEPS, DURATION_STEPS, Plot, type PlotSpec, translucent } from "./plot.tsx";

export type Line = { title: string; values: readonly (number | null)[] };

type LineChartProps = {
  title: string;
  /** The days, as `2026-11-20`, the oldest first. */
  days: readonly string[];
  lines: readonly Line[];
  format: (value: number) => string;
  durations: boolean;
};

/** Lines over days. The legend shows the figures of the day under the pointer; a table lists all days. */
export const LineChart = ({ title, days, lines, format, durations }: LineChartProps) => {
  const { formats } = useDashboard();
  const [hovered, setHovered] = useState<number>();
  const spec = useMemo<PlotSpec>(
    () => specOf({ days, lines, format, durations }, formats.axisLabels, setHovered),
    [days, lines, format, durations, formats],
  );
  const at = hovered ?? days.length - 1;
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
  if (first === undefined || last === undefined) return "No data.";
  const peaks = lines.map(({ title, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${title}: no data yet`;
    const highest = Math.max(...known);
    return `${title}: highest ${format(highest)} on ${formatDay(days[values.indexOf(highest)] ?? "")}`;
  });
  return `${formatDay(first)} to ${formatDay(last)}. ${peaks.join(". ")}. The table below lists every day.`;
};

/** The same figures as a table, rendered once it is opened. */
const FigureTable = ({ title, days, lines, format }: Omit<LineChartProps, "durations">) => {
  const { formats } = useDashboard();
  const [open, setOpen] = useState(false);
  return (
    <details class="figures" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show table</summary>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section class="scroll tall" tabIndex={0} aria-label={`${title}, table`}>
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
  axisLabels: Formats["axisLabels"],
  onHover: (index: number | undefined) => void,
): PlotSpec => ({
  height: 240,
  data: [days.map((day) => Date.parse(day) / 1_000), ...lines.map(({ values }) => [...values])],
  options: (colours) => ({
    // Days are in UTC in every time zone.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC"),
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    // Room for the label of the last day.
    padding: [null, 36, null, null],
    scales: { y: { range: (_, __, max) => [0, axisTop(max)] } },
    axes: [
      axisOf(colours, {
        space: 70,
        incrs: DAY_STEPS,
        values: (_, splits, __, ___, spacing) => axisLabels(splits, spacing, "UTC"),
      }),
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
          // Only the first line is filled: several areas would hide each other.
          ...(index === 0 ? { fill: translucent(stroke, 0.13) } : {}),
          // Without points, a single day between two days without data would be invisible.
          points: { show: days.length <= 45, size: 5 },
        };
      }),
    ],
    hooks: { setCursor: [(plot) => onHover(plot.cursor.idx ?? undefined)] },
  }),
});

// Some room above the highest point, and a scale even when all values are zero.
const axisTop = (max: number | null): number => (max === null || max <= 0 ? 1 : max * 1.08);

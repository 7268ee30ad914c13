import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { useDashboard } from "../data/context.ts";

export type Colours = { text: string; grid: string; series: readonly string[] };

export type PlotSpec = {
  data: uPlot.AlignedData;
  options: (colours: Colours) => Omit<uPlot.Options, "width" | "height">;
  height: number;
};

type PlotProps = {
  title: string;
  /** What the chart shows, in a sentence, for screen readers. */
  summary: string;
  spec: PlotSpec;
  children?: ComponentChildren;
};

/** A chart on a canvas, as wide as its container. It is redrawn when its data, size or theme changes. */
export const Plot = ({ title, summary, spec, children }: PlotProps) => {
  const { theme, printing } = useDashboard();
  const frame = useRef<HTMLDivElement>(null);
  const id = useId();
  // A layout effect, so that a printout gets the colours and the width of print.
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const maxWidth = printing ? PRINT_WIDTH : Number.POSITIVE_INFINITY;
    const size = () => ({ width: Math.max(240, Math.min(element.clientWidth, maxWidth)), height: spec.height });
    const plot = new uPlot({ ...size(), ...spec.options(coloursOf(element)) }, spec.data, element);
    const observer = new ResizeObserver(() => {
      if (plot.width !== size().width) plot.setSize(size());
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [spec, theme, printing]);
  return (
    <figure class="plot">
      <figcaption id={id} class="visually-hidden">
        {title}
      </figcaption>
      <div ref={frame} role="img" aria-labelledby={id} aria-describedby={`${id}-summary`} class="canvas" />
      <p id={`${id}-summary`} class="visually-hidden">
        {summary}
      </p>
      {children}
    </figure>
  );
};

/** The width that fits on A4 and Letter, in pixels. A page cannot read the paper width before it is laid out. */
const PRINT_WIDTH = 640;

/** The chart colours of an element's theme. */
const coloursOf = (element: Element): Colours => {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: colour("--muted"),
    grid: colour("--grid"),
    series: ["--series-1", "--series-2", "--series-3"].map(colour),
  };
};

/** A colour with this opacity, 0 to 1. It also works for system colours, which have no hex digits. */
export const translucent = (colour: string, opacity: number): string =>
  `color-mix(in srgb, ${colour} ${Math.round(100 * opacity)}%, transparent)`;

export const axisOf = (colours: Colours, more: uPlot.Axis = {}): uPlot.Axis => ({
  stroke: colours.text,
  grid: { stroke: colours.grid, width: 1 },
  ticks: { stroke: colours.grid, width: 1, size: 4 },
  font: "12px system-ui, sans-serif",
  labelFont: "12px system-ui, sans-serif",
  labelSize: 20,
  ...more,
});

/** Steps of an axis of counts: whole numbers, even on an empty chart. */
export const COUNT_STEPS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000].flatMap((power) => [
  power,
  2 * power,
  5 * power,
]);

/** Steps of an axis of days, in seconds: daily values have no labels between days. */
export const DAY_STEPS = [1, 2, 3, 5, 7, 10, 15, 30, 60, 90, 180, 365].map((days) => 86_400 * days);

/** Steps of an axis of durations, in seconds. */
export const DURATION_STEPS = [
  1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 18_000, 36_000, 72_000, 180_000, 360_000, 720_000,
  1_800_000, 3_600_000, 7_200_000, 18_000_000, 36_000_000,
];

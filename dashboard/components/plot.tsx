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
  /** What the picture shows, in a sentence, for whoever does not see it. */
  summary: string;
  spec: PlotSpec;
  children?: ComponentChildren;
};

/** A chart on a canvas, as wide as there is room; drawn anew when its data, its size or the theme changes. */
export const Plot = ({ title, summary, spec, children }: PlotProps) => {
  const { theme, printing } = useDashboard();
  const frame = useRef<HTMLDivElement>(null);
  const id = useId();
  // Before the browser paints, so that a printout has it in the colours and the size of paper.
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const most = printing ? PAPER_WIDTH : Number.POSITIVE_INFINITY;
    const size = () => ({ width: Math.max(240, Math.min(element.clientWidth, most)), height: spec.height });
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

/** What fits on A4 and Letter, in pixels; nothing tells a page how wide the paper is before it is laid out. */
const PAPER_WIDTH = 640;

/** The colours of the theme that an element stands in. */
const coloursOf = (element: Element): Colours => {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: colour("--muted"),
    grid: colour("--grid"),
    series: ["--series-1", "--series-2", "--series-3"].map(colour),
  };
};

/** A colour that lets through what is behind it, by a share of it; system colours, too, which have no digits to add to. */
export const faint = (colour: string, share: number): string =>
  `color-mix(in srgb, ${colour} ${Math.round(100 * share)}%, transparent)`;

export const axisOf = (colours: Colours, more: uPlot.Axis = {}): uPlot.Axis => ({
  stroke: colours.text,
  grid: { stroke: colours.grid, width: 1 },
  ticks: { stroke: colours.grid, width: 1, size: 4 },
  font: "12px system-ui, sans-serif",
  labelFont: "12px system-ui, sans-serif",
  labelSize: 20,
  ...more,
});

/** Steps of an axis of things that are counted: there is no part of one, however empty the chart is. */
export const COUNT_STEPS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000].flatMap((power) => [
  power,
  2 * power,
  5 * power,
]);

/** Steps of an axis of seconds that read well as durations. */
export const DURATION_STEPS = [
  1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 18_000, 36_000, 72_000, 180_000, 360_000, 720_000,
  1_800_000, 3_600_000, 7_200_000, 18_000_000, 36_000_000,
];

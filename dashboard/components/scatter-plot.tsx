import { useMemo, useState } from "preact/hooks";
import type uPlot from "uplot";
import { axisOf, COUNT_STEPS, type Colours, DURATION_STEPS, Plot, type PlotSpec, translucent } from "./plot.tsx";

export type Axis = {
  title: string;
  from: number;
  to: number;
  /** The labels of these values, which are `spacing` apart. */
  labels?: (values: readonly number[], spacing: number) => string[];
  /** For values in seconds: moments since 1970, or durations. Absent for counts. */
  seconds?: "moments" | "durations";
  hidden?: boolean;
};

/** A mark of the plot: a bar from `x` to `endX`, or a bubble without `endX`. */
export type Mark = {
  x: number;
  y: number;
  endX?: number;
  /** The area relative to the largest bubble, 0 to 1. */
  size: number;
  label: string;
};

type ScatterPlotProps = {
  title: string;
  summary: string;
  x: Axis;
  y: Axis;
  marks: readonly Mark[];
  /** The caption while no mark is under the pointer. */
  hint: string;
  height?: number;
};

/** Bubbles or bars on two axes. The caption shows the label of the mark nearest to the pointer. */
export const ScatterPlot = ({ title, summary, x, y, marks, hint, height = 300 }: ScatterPlotProps) => {
  const [hovered, setHovered] = useState<string>();
  const spec = useMemo<PlotSpec>(() => specOf(x, y, marks, height, setHovered), [marks, height]);
  return (
    <Plot title={title} summary={summary} spec={spec}>
      <p class="legend" aria-hidden="true">
        {hovered ?? hint}
      </p>
    </Plot>
  );
};

/**
 * The range of an axis for these values, with some padding. It starts at zero, unless that would leave most of it empty.
 */
export const rangeOf = (values: readonly number[]): { from: number; to: number } => {
  const least = values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const most = values.reduce((high, value) => Math.max(high, value), 0);
  const padding = Math.max((most - least) * 0.12, most * 0.04, 0.5);
  return { from: least - padding < most * 0.4 ? 0 : least - padding, to: most + padding };
};

const specOf = (
  x: Axis,
  y: Axis,
  marks: readonly Mark[],
  height: number,
  onHover: (label: string | undefined) => void,
): PlotSpec => ({
  height,
  // The library draws the axes; `drawMarks` draws the marks, which can be thousands.
  data: [
    [x.from, x.to],
    [null, null],
  ],
  options: (colours) => ({
    legend: { show: false },
    // Room for the last label of the x axis.
    padding: [null, 36, null, null],
    cursor: { points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: x.seconds === "moments", range: () => [x.from, x.to] },
      y: { range: () => [y.from, y.to] },
    },
    axes: [
      axisFor(x, colours, { space: 70, size: x.seconds === "moments" ? 44 : 32 }),
      axisFor(y, colours, { size: y.seconds === "durations" ? 76 : 64 }),
    ],
    series: [{}, { show: true, paths: () => null, points: { show: false } }],
    hooks: {
      draw: [(plot) => drawMarks(plot, marks, colours)],
      setCursor: [(plot) => onHover(nearest(plot, marks)?.label)],
    },
  }),
});

const axisFor = (axis: Axis, colours: Colours, more: uPlot.Axis): uPlot.Axis => {
  const { labels } = axis;
  return axisOf(colours, {
    label: axis.title,
    ...more,
    ...(axis.seconds === "moments" ? {} : { incrs: axis.seconds === "durations" ? DURATION_STEPS : COUNT_STEPS }),
    ...(axis.hidden === true ? { values: () => [], size: 24, grid: { show: false }, ticks: { show: false } } : {}),
    ...(axis.hidden === true || labels === undefined
      ? {}
      : { values: (_: uPlot, splits: number[], __: number, ___: number, spacing: number) => labels(splits, spacing) }),
  });
};

const drawMarks = (plot: uPlot, marks: readonly Mark[], colours: Colours): void => {
  const { ctx, bbox } = plot;
  const pixel = devicePixelRatio;
  const colour = colours.series[0] ?? colours.text;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left - 4 * pixel, bbox.top - 4 * pixel, bbox.width + 8 * pixel, bbox.height + 8 * pixel);
  ctx.clip();
  ctx.fillStyle = translucent(colour, 0.4);
  ctx.strokeStyle = colour;
  ctx.lineWidth = pixel;
  const thickness = Math.max(pixel, Math.min(6 * pixel, (bbox.height / Math.max(1, marks.length)) * 0.6));
  for (const mark of marks) {
    const left = plot.valToPos(mark.x, "x", true);
    const top = plot.valToPos(mark.y, "y", true);
    if (mark.endX === undefined) {
      ctx.beginPath();
      ctx.arc(left, top, radiusOf(mark) * pixel, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    } else {
      const width = Math.max(3 * pixel, plot.valToPos(mark.endX, "x", true) - left);
      ctx.fillStyle = colour;
      ctx.fillRect(left, top - thickness / 2, width, thickness);
    }
  }
  ctx.restore();
};

// The area, not the radius, is proportional to the size.
const radiusOf = (mark: Mark): number => 2 + 10 * Math.sqrt(mark.size);

const REACH_PX = 40;

const nearest = (plot: uPlot, marks: readonly Mark[]): Mark | undefined => {
  const { left = -1, top = -1 } = plot.cursor;
  if (left < 0 || top < 0) return undefined;
  let best: { mark: Mark; distance: number } | undefined;
  for (const mark of marks) {
    const from = plot.valToPos(mark.x, "x");
    const to = mark.endX === undefined ? from : plot.valToPos(mark.endX, "x");
    const across = left < from ? from - left : Math.max(0, left - to);
    const distance = Math.hypot(across, plot.valToPos(mark.y, "y") - top);
    if (distance <= REACH_PX && (best === undefined || distance < best.distance)) best = { mark, distance };
  }
  return best?.mark;
};

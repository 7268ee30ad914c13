import { MAX_HOT_BUNDLE_BYTES } from "../../../shared/contract/bundling.ts";
import { FUNCTIONS, type FunctionName } from "../../../shared/contract/functions.ts";
import type { Bundles } from "../../local/bundle.ts";
import { median, medianRatio, tableLines } from "../benchmark.ts";
import type { Figure } from "../figure.ts";
import type { ColdStart } from "./process.ts";
import { isHot, type Variant, type Variants } from "./variants.ts";

export type Measured = ReadonlyMap<Variant, readonly ColdStart[]>;

/** A hot function's load, and its load with the first call, may take this many times as long as what they are held against. */
const MAX_LOAD = 1.2;
const MAX_FIRST_CALL = 1.3;

/** All times as a table, each with its ratios. */
export const timeLines = ({ empty, client, caller, functions }: Variants, measured: Measured): string[] => {
  const heading = ["", "load ms", "call ms", "CPU ms", "start/empty", "load/client", "all/caller", "CPU/caller"];
  const rows = [empty, client, caller, ...functions].map((variant) => {
    const timeOf = (time: Time) => medianOf(measured, variant, time).toFixed(1);
    const ratio = (time: Time, baseline: Variant) => ratioOf(measured, variant, baseline, time).toFixed(2);
    const ofCall = variant.calls ? [ratio(all, caller), ratio(cpu, caller)] : ["", ""];
    const times = [timeOf(load), variant.calls ? timeOf(call) : "", timeOf(cpu)];
    return [variant.label, ...times, ratio(start, empty), ratio(load, client), ...ofCall];
  });
  return [
    ...tableLines(heading, rows),
    "",
    `client: "${client.label}"; caller: "${caller.label}"; all: load and first call; Node's own boot is left out.`,
    `start: from the start of the process until the bundle is loaded, Node's boot with it; empty: "${empty.label}".`,
    `Goals for the hot functions: load/client at most ${MAX_LOAD}, all/caller at most ${MAX_FIRST_CALL}.`,
  ];
};

/** The load of every function as it is deployed; of the hot ones the first call, too, and how large they are. */
export const coldStartFigures = (
  { empty, client, caller, functions }: Variants,
  measured: Measured,
  bundles: Bundles,
): Figure[] => {
  const figure = (variant: Variant, baseline: Variant, time: Time, what: string, goal?: Figure["goal"]): Figure => ({
    what: `${variant.label}: ${what}`,
    value: milliseconds(medianOf(measured, variant, time)),
    baseline: `${baseline.label}: ${milliseconds(medianOf(measured, baseline, time))}`,
    ratio: ratioOf(measured, variant, baseline, time),
    ...(goal === undefined ? {} : { goal }),
  });
  return [
    ...functions.map((one) => figure(one, client, load, "load", one.calls ? { atMost: MAX_LOAD } : undefined)),
    ...functions.filter(({ deployed }) => deployed).map((one) => figure(one, empty, start, "process start to loaded")),
    ...functions
      .filter(({ calls }) => calls)
      .map((one) => figure(one, caller, all, "load and first call", { atMost: MAX_FIRST_CALL })),
    ...functions.filter(({ calls }) => calls).map((one) => figure(one, caller, cpu, "the same, processor's time")),
    ...(Object.keys(bundles) as FunctionName[]).filter(isHot).map((name): Figure => {
      const { bytes } = bundles[name];
      return {
        what: `${name}: size of its bundle`,
        value: `${kilobytes(bytes)} KB`,
        baseline: `limit: ${kilobytes(MAX_HOT_BUNDLE_BYTES)} KB`,
        ratio: bytes / MAX_HOT_BUNDLE_BYTES,
        goal: { atMost: 1 },
      };
    }),
  ];
};

/** How large the bundles are, and may be. */
export const sizeLines = (bundles: Bundles): string[] => {
  const rows = (Object.keys(FUNCTIONS) as FunctionName[]).map((name) => [
    name,
    kilobytes(bundles[name].bytes),
    isHot(name) ? kilobytes(MAX_HOT_BUNDLE_BYTES) : "",
  ]);
  return tableLines(["bundle", "KB", "at most"], rows);
};

type Time = (run: ColdStart) => number;
const start: Time = ({ startMs }) => startMs;
const load: Time = ({ loadMs }) => loadMs;
const call: Time = ({ callMs }) => callMs;
const cpu: Time = ({ cpuMs }) => cpuMs;
const all: Time = ({ loadMs, callMs }) => loadMs + callMs;

const timesOf = (measured: Measured, variant: Variant, time: Time): number[] => (measured.get(variant) ?? []).map(time);

const medianOf = (measured: Measured, variant: Variant, time: Time): number => median(timesOf(measured, variant, time));

const ratioOf = (measured: Measured, variant: Variant, baseline: Variant, time: Time): number =>
  medianRatio(timesOf(measured, variant, time), timesOf(measured, baseline, time));

const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;
const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(0);

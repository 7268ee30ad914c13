import { formatTime } from "../../../shared/contract/time.ts";
import type { SimulationResult } from "../run.ts";
import type { Sum } from "../truth.ts";

/** What was sent, as text for a console: people, CI, targets, calls, totals, seats and faults. */
export const formatResult = (result: SimulationResult): string =>
  [
    section("People, by machine", [
      ["machine", "user", ...SUM_HEADINGS],
      ...result.users.map((row) => [row.machineId, row.user, ...sumCells(row)]),
    ]),
    section("CI, by runner", [
      ["machine", ...SUM_HEADINGS],
      ...result.ci.map((row) => [row.machineId, ...sumCells(row)]),
    ]),
    section("Targets, without CI", [
      ["namespace", "target", "machines", ...SUM_HEADINGS],
      ...result.targets.map((row) => [
        row.namespace,
        `${row.kind}/${row.name}`,
        `${row.uniqueUsers}`,
        ...sumCells(row),
      ]),
    ]),
    section("Calls", [
      ["route", "calls", "p50 ms", "p99 ms", "by status"],
      ...result.calls.byRoute.map((row) => [
        row.route,
        `${row.count}`,
        `${row.latencyMsP50}`,
        `${row.latencyMsP99}`,
        Object.entries(row.statuses)
          .map(([status, count]) => `${status === "0" ? "no answer" : status}: ${count}`)
          .join(", "),
      ]),
    ]),
    totals(result),
    ...result.faults.map((fault) => `fault: ${fault}`),
    ...(result.faultCount > result.faults.length ? [`fault: ${result.faultCount - result.faults.length} more`] : []),
    ...verdict(result.differences),
  ].join("\n");

const MAX_DIFFERENCES_SHOWN = 20;

const verdict = (differences: readonly string[] | undefined): string[] => {
  if (differences === undefined) return [];
  if (differences.length === 0) return ["The usage report matches what was sent."];
  const more = differences.length - MAX_DIFFERENCES_SHOWN;
  return [
    `The usage report differs from what was sent in ${differences.length} places:`,
    ...differences.slice(0, MAX_DIFFERENCES_SHOWN).map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
};

const totals = ({ totals, seats, calls, undelivered, seed }: SimulationResult): string => {
  const codes = Object.entries(seats.denialsByCode).map(([code, count]) => `${code}: ${count}`);
  return [
    `people    ${totals.sessions} sessions, ${duration(totals.seconds)} (${totals.seconds} s)`,
    `CI        ${totals.ciSessions} sessions, ${duration(totals.ciSeconds)} (${totals.ciSeconds} s)`,
    `seats     ${seats.grants} starts granted on ${seats.seatsSeen} seats, ${seats.denials} denied${codes.length === 0 ? "" : ` (${codes.join(", ")})`}`,
    `calls     ${calls.total}, events not acknowledged: ${undelivered}`,
    `seed      ${seed}`,
    "",
  ].join("\n");
};

const SUM_HEADINGS = ["sessions", "seconds", "time", "first start", "last end"];

const sumCells = ({ sessions, seconds, firstStart, lastEnd }: Sum): string[] => [
  `${sessions}`,
  `${seconds}`,
  duration(seconds),
  formatTime(firstStart),
  formatTime(lastEnd),
];

const duration = (seconds: number): string => {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return [hours, minutes, seconds % 60].map((part) => String(part).padStart(2, "0")).join(":");
};

const NUMERIC = /^[\d:.]+$/;

// So that the result is still on the screen when the run ends.
const MAX_ROWS = 10;

const section = (title: string, all: readonly string[][]): string => {
  const rows = all.slice(0, MAX_ROWS + 1);
  const more = all.length - rows.length;
  const [headings = []] = rows;
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row, index) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const right = NUMERIC.test(index === 0 ? (rows[1]?.[column] ?? "") : cell);
        return right ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
  if (rows.length < 2) return `${title}: none\n`;
  const rest = more > 0 ? [`… and ${more} more; --truth writes all of them`] : [];
  return `${title}\n${[...lines, ...rest].map((line) => `  ${line}`).join("\n")}\n`;
};

import type { CallRecord } from "../../../agent/wire/call.ts";

/** The calls of one route. Latencies are milliseconds; the 99th percentile of few calls is the slowest. */
export type RouteCalls = {
  route: string;
  count: number;
  /** How many got each status; 0 stands for no answer. */
  statuses: Record<string, number>;
  latencyMsP50: number;
  latencyMsP99: number;
};

export type CallStatistics = { add(call: CallRecord): void; read(): RouteCalls[] };

export const createCallStatistics = (): CallStatistics => {
  const routes = new Map<string, CallRecord[]>();
  return {
    add: (call) => {
      const calls = routes.get(call.route);
      if (calls === undefined) routes.set(call.route, [call]);
      else calls.push(call);
    },
    read: () => [...routes].map(([route, calls]) => summarize(route, calls)),
  };
};

const summarize = (route: string, calls: readonly CallRecord[]): RouteCalls => {
  const latencies = calls.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const statuses: Record<string, number> = {};
  for (const { status } of calls) statuses[status] = (statuses[status] ?? 0) + 1;
  return {
    route,
    count: calls.length,
    statuses,
    latencyMsP50: percentile(latencies, 0.5),
    latencyMsP99: percentile(latencies, 0.99),
  };
};

/** The nearest-rank percentile of numbers sorted upwards; 0 of none. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;

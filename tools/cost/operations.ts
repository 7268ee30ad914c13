import { FUNCTIONS, type FunctionName } from "../../shared/contract/functions.ts";
import { BUDGET, type Units } from "./budget.ts";
import { PRICES } from "./prices.ts";

/** One call of an operation. `ms` is assumed for a warm function; `logBytes` is the size of all its log lines. */
type Operation = {
  readonly about: string;
  readonly function: FunctionName;
  readonly units: Units;
  readonly ms: number;
  readonly logBytes: number;
};

/** The log line of a request that API Gateway writes. Lambda writes none of its own for a call that succeeds. */
const LOG_BYTES_AROUND = 450;
const LOG_BYTES_REQUEST = 400;
const LOG_BYTES_SESSION = 600;
const LOG_BYTES = LOG_BYTES_AROUND + LOG_BYTES_REQUEST;

export const OPERATIONS = {
  heartbeat: { about: "heartbeat", function: "heartbeat", units: BUDGET.heartbeat, ms: 20, logBytes: LOG_BYTES },
  start: {
    about: "session start, user holds a seat",
    function: "sessions",
    units: BUDGET.startOfHolder,
    ms: 30,
    logBytes: LOG_BYTES + LOG_BYTES_SESSION,
  },
  claim: {
    about: "session start that claims a seat",
    function: "sessions",
    units: BUDGET.claim,
    ms: 50,
    logBytes: LOG_BYTES + LOG_BYTES_SESSION,
  },
  end: {
    about: "session end, in a call of its own",
    function: "sessions",
    units: BUDGET.endAlone,
    ms: 40,
    logBytes: LOG_BYTES + LOG_BYTES_SESSION,
  },
  denial: {
    about: "session start that is refused",
    function: "sessions",
    units: BUDGET.denial,
    ms: 40,
    logBytes: LOG_BYTES,
  },
  report: {
    about: "usage report of a month, 500 users",
    function: "reports",
    units: BUDGET.report,
    ms: 2_000,
    logBytes: LOG_BYTES,
  },
  license: { about: "license fetched", function: "license", units: BUDGET.license, ms: 10, logBytes: LOG_BYTES },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

/** US dollars for a million calls, by service. */
export type CostPerMillion = { api: number; lambda: number; table: number; logs: number; total: number };

/**
 * The cost of a million calls of an operation. `slowness` multiplies the assumed milliseconds; `units` is what a call
 * consumes, by default its maximum.
 */
export const costPerMillion = (
  name: OperationName,
  slowness = 1,
  units: Units = OPERATIONS[name].units,
): CostPerMillion => {
  const { function: functionName, ms, logBytes }: Operation = OPERATIONS[name];
  const gbSeconds = (FUNCTIONS[functionName].memoryMb / 1_024) * ms * slowness * 1_000;
  const api = PRICES.apiRequestsPerMillion;
  const lambda = PRICES.invocationsPerMillion + gbSeconds * PRICES.gbSecond;
  const table = units.write * PRICES.writeUnitsPerMillion + units.read * PRICES.readUnitsPerMillion;
  // The bytes of a million calls, in GB of 10^9 bytes.
  const logs = (logBytes / 1_000) * PRICES.logIngestedGb;
  return { api, lambda, table, logs, total: api + lambda + table + logs };
};

import { ALTERNATIVES } from "../cost/alternatives.ts";
import type { Units } from "../cost/budget.ts";
import { countDeployment } from "../cost/deployment.ts";
import { DEFAULT_TEAM, estimate } from "../cost/estimate.ts";
import { costPerMillion, OPERATIONS } from "../cost/operations.ts";
import { PRICED } from "../cost/prices.ts";
import type { Benchmark } from "./benchmark.ts";
import { type MeasuredUnits, measureUnits } from "./cost/measured-units.ts";
import type { Figure } from "./figure.ts";

/** What operations consume and cost, and what a team pays for a month, beside servers that run always. */
export const cost: Benchmark = {
  name: "cost",
  about: `capacity units and dollars, at list prices of ${PRICED.region}, ${PRICED.date}: \`npm run cost\` has the details`,
  async run(print) {
    print("Units: medians of calls made in a row through the local stack, as the engine reports them.");
    return [...(await measureUnits()).flatMap(operationFigures), ...monthFigures()];
  },
};

const WITHIN = { atMost: 1 };

/** An operation's units and dollars beside those that it may take. */
const operationFigures = ({ operation, about, units }: MeasuredUnits): Figure[] => {
  const limit: Units = OPERATIONS[operation].units;
  const [measured, budgeted] = [costPerMillion(operation, 1, units).total, costPerMillion(operation).total];
  const beside = (value: number, of: number, kind: string): Figure => ({
    what: `${about}: ${kind}`,
    value: value.toFixed(2),
    baseline: `limit: ${of}`,
    ratio: of === 0 && value === 0 ? 0 : value / of,
    goal: WITHIN,
  });
  return [
    beside(units.write, limit.write, "write units"),
    beside(units.read, limit.read, "read units"),
    {
      what: `${about}: a million of them`,
      value: dollars(measured),
      baseline: `with the units of its limit: ${dollars(budgeted)}`,
      ratio: measured / budgeted,
    },
  ];
};

const monthFigures = (): Figure[] => {
  const { users, operators, sessionsPerDay } = DEFAULT_TEAM;
  const { total } = estimate(DEFAULT_TEAM, countDeployment());
  return ALTERNATIVES.map(({ short, usd }) => ({
    what: `a month of ${users} users, ${operators} operators, ${sessionsPerDay.toLocaleString("en-US")} sessions a working day`,
    value: dollars(total),
    baseline: `${short}: ${dollars(usd)}`,
    ratio: total / usd,
  }));
};

const dollars = (usd: number): string => `$${usd.toFixed(2)}`;

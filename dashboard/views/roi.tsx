import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { Card, Panel } from "../components/basics.tsx";
import { AmountField, SelectField } from "../components/fields.tsx";
import { useDashboard } from "../data/context.ts";
import { useDraft } from "../data/draft.ts";
import { useSeatNumbers } from "../data/resources.ts";
import { remember, remembered } from "../data/storage.ts";
import { amountIn } from "../model/amount.ts";
import {
  CURRENCIES,
  calculateRoi,
  ROI_DEFAULTS,
  type RoiInput,
  readRoiInput,
  roiParameters,
  WORKING_HOURS_PER_WEEK,
  WORKING_WEEKS_PER_YEAR,
} from "../model/roi.ts";

const KEPT_UNDER = "roi";

/** What mirrord saves in a year, by what somebody thinks of their own team. The link has the inputs. */
export const RoiView = () => {
  const { place, goTo, followed, formats } = useDashboard();
  const seats = useSeatNumbers();
  const told = useMemo(() => {
    const given = Object.keys(place.rest).length > 0;
    return readRoiInput(given ? place.rest : keptInput(), ROI_DEFAULTS);
  }, [place.rest]);
  const draft = useDraft(told, (next) => goTo({ rest: roiParameters(next) }));
  const input = draft.value;
  // The address has all inputs even where a link, or none, has led here.
  useLayoutEffect(() => draft.now(input), [followed]);
  useLayoutEffect(() => remember(KEPT_UNDER, JSON.stringify(roiParameters(input))), [input]);
  const holders = seats.value?.used ?? 0;
  return (
    <div class="halves roi">
      <Panel title="Your team">
        <form class="form" onSubmit={(event) => event.preventDefault()} onFocusOut={draft.flush}>
          <Inputs input={input} change={(part) => draft.later({ ...input, ...part })} />
          <div class="actions start">
            {holders > 0 && holders !== input.developers && (
              <button type="button" class="small" onClick={() => draft.now({ ...input, developers: holders })}>
                Take the {formats.number(holders)} who {holders === 1 ? "holds" : "hold"} a seat
              </button>
            )}
            <button type="button" class="small" onClick={() => draft.now(ROI_DEFAULTS)}>
              Start over
            </button>
          </div>
        </form>
      </Panel>
      <Results input={input} />
    </div>
  );
};

const keptInput = (): Record<string, string> => {
  try {
    return JSON.parse(remembered(KEPT_UNDER) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
};

type InputsProps = { input: RoiInput; change: (part: Partial<RoiInput>) => void };

const Inputs = ({ input, change }: InputsProps) => {
  // Only at first: it must not fold away under somebody who types a zero.
  const [opened] = useState(input.environments > 0);
  const amount = (name: Amount, label: string, hint?: string) => (
    <AmountField
      label={label}
      value={input[name]}
      onChange={(text) => change({ [name]: amountIn(text) ?? 0 })}
      {...(hint === undefined ? {} : { hint })}
    />
  );
  return (
    <>
      {amount("developers", "Number of developers", "who use mirrord")}
      <div class="pair">
        {amount("cost", "Developer cost")}
        <SelectField
          label="Per"
          value={input.costKind}
          options={COST_KINDS}
          onChange={(costKind) => change({ costKind })}
        />
        <SelectField
          label="Currency"
          value={input.currency}
          options={CURRENCIES.map((id) => ({ id, title: id }))}
          onChange={(currency) => change({ currency })}
        />
      </div>
      {amount("cycles", "Deploy/test cycles per developer per day")}
      {amount("minutes", "Minutes per deploy cycle", "saved by not deploying to the cluster")}
      {amount("licenseCost", "License cost per year")}
      <details open={opened}>
        <summary>Infrastructure savings</summary>
        {amount("environments", "Staging environments decommissioned")}
        <div class="pair">
          {amount("environmentCost", "Cost of one")}
          <SelectField
            label="Per "
            value={input.environmentKind}
            options={ENVIRONMENT_KINDS}
            onChange={(environmentKind) => change({ environmentKind })}
          />
        </div>
      </details>
    </>
  );
};

type Amount = "developers" | "cost" | "cycles" | "minutes" | "environments" | "environmentCost" | "licenseCost";

const COST_KINDS = [
  { id: "year", title: "year (salary)" },
  { id: "hour", title: "hour" },
] as const;

const ENVIRONMENT_KINDS = [
  { id: "month", title: "month" },
  { id: "year", title: "year" },
] as const;

const Results = ({ input }: { input: RoiInput }) => {
  const { formats } = useDashboard();
  const result = calculateRoi(input);
  const money = (value: number) => formats.money(value, input.currency);
  return (
    <Panel
      title="Savings"
      note={`Reckoned with ${WORKING_WEEKS_PER_YEAR} working weeks of ${WORKING_HOURS_PER_WEEK} hours a year.`}
    >
      <div class="cards inner" aria-live="polite">
        <Card inner title="Net Annual ROI" value={money(result.netPerYear)} detail="savings less the license cost" />
        <Card
          inner
          title="Annual productivity savings"
          value={money(result.productivityPerYear)}
          detail={`${formats.number(result.teamHoursPerYear)} team hours`}
        />
        <Card inner title="Annual infrastructure savings" value={money(result.infrastructurePerYear)} />
        <Card
          inner
          title="Hours saved per developer per week"
          value={formats.decimal(result.hoursPerDeveloperWeek)}
          detail={result.fasterShare === 1 ? "all there are; look at the inputs again" : undefined}
        />
        <Card inner title="Faster delivery" value={formats.percent(result.fasterShare)} detail="of the working time" />
      </div>
    </Panel>
  );
};

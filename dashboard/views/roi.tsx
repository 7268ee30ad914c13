import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { Card, Panel } from "../components/basics.tsx";
import { AmountField, SelectField } from "../components/fields.tsx";
import { useDashboard } from "../data/context.ts";
import { type Draft, useDraft } from "../data/draft.ts";
import { useSeatNumbers } from "../data/resources.ts";
import { readSetting, writeSetting } from "../data/storage.ts";
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

const SETTING = "roi";

/** What mirrord saves per year, from the user's own estimates. The address holds the inputs. */
export const RoiView = () => {
  const { place, goTo, linksFollowed } = useDashboard();
  const saved = useMemo(() => {
    const isLinked = Object.keys(place.rest).length > 0;
    return readRoiInput(isLinked ? place.rest : storedInput(), ROI_DEFAULTS);
  }, [place.rest]);
  const draft = useDraft(saved, (next) => goTo({ rest: roiParameters(next) }));
  const [resets, setResets] = useState(0);
  // Write all inputs to the address, even when a link without them was followed.
  useLayoutEffect(() => draft.now(draft.value), [linksFollowed]);
  useLayoutEffect(() => writeSetting(SETTING, JSON.stringify(roiParameters(draft.value))), [draft.value]);
  const reset = (input: RoiInput) => {
    draft.now(input);
    setResets((count) => count + 1);
  };
  // A new key drops texts that are not valid amounts.
  return <Calculator key={`${linksFollowed} ${resets}`} draft={draft} reset={reset} />;
};

const storedInput = (): Record<string, string> => {
  try {
    return JSON.parse(readSetting(SETTING) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
};

type CalculatorProps = { draft: Draft<RoiInput>; reset: (input: RoiInput) => void };

const Calculator = ({ draft, reset }: CalculatorProps) => {
  const { formats } = useDashboard();
  const seats = useSeatNumbers();
  const [invalid, setInvalid] = useState<ReadonlySet<Amount>>(new Set());
  const input = draft.value;
  const change = (part: Partial<RoiInput>) => draft.later({ ...input, ...part });
  const changeAmount = (name: Amount, value: number | undefined) => {
    const others = [...invalid].filter((other) => other !== name);
    setInvalid(new Set(value === undefined ? [...others, name] : others));
    if (value !== undefined) change({ [name]: value });
  };
  const holders = seats.value?.used ?? 0;
  return (
    <div class="halves roi">
      <Panel title="Your team">
        <form class="form" onSubmit={(event) => event.preventDefault()} onFocusOut={draft.flush}>
          <Inputs input={input} change={change} changeAmount={changeAmount} />
          <div class="actions start">
            {holders > 0 && holders !== input.developers && (
              <button type="button" class="small" onClick={() => reset({ ...input, developers: holders })}>
                Use current seat holders ({formats.number(holders)})
              </button>
            )}
            <button type="button" class="small" onClick={() => reset(ROI_DEFAULTS)}>
              Reset
            </button>
          </div>
        </form>
      </Panel>
      <Results input={invalid.size === 0 ? input : undefined} />
    </div>
  );
};

type InputsProps = {
  input: RoiInput;
  change: (part: Partial<RoiInput>) => void;
  changeAmount: (name: Amount, value: number | undefined) => void;
};

const Inputs = ({ input, change, changeAmount }: InputsProps) => {
  // Initial state only: the section must not close while somebody types a zero.
  const [opened] = useState(input.environments > 0);
  const amount = (name: Amount, label: string, hint?: string) => (
    <AmountField
      label={label}
      value={input[name]}
      onChange={(value) => changeAmount(name, value)}
      {...(hint === undefined ? {} : { hint })}
    />
  );
  return (
    <>
      {amount("developers", "Developers", "who use mirrord")}
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
      {amount("cycles", "Cycles per day", "deploy and test cycles per developer")}
      {amount("minutes", "Minutes per cycle", "saved by not deploying to the cluster")}
      {amount("licenseCost", "License cost", "per year")}
      <details open={opened}>
        <summary>Infrastructure savings</summary>
        {amount("environments", "Environments removed", "staging environments that you no longer run")}
        <div class="pair">
          {amount("environmentCost", "Environment cost")}
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

/** The savings; without input, because a field is invalid, no figure is shown. */
const Results = ({ input }: { input: RoiInput | undefined }) => {
  const { formats } = useDashboard();
  const result = input && calculateRoi(input);
  const show = (value: number | undefined, format: (value: number) => string) =>
    value === undefined ? "–" : format(value);
  const money = (value: number) => formats.money(value, input?.currency ?? ROI_DEFAULTS.currency);
  return (
    <Panel
      title="Savings"
      note={
        result === undefined
          ? "Correct the marked fields to see the savings."
          : `Assumes ${WORKING_WEEKS_PER_YEAR} working weeks × ${WORKING_HOURS_PER_WEEK} h per year.`
      }
    >
      <div class="cards inner" aria-live="polite">
        <Card
          inner
          title="Net savings"
          value={show(result?.netPerYear, money)}
          detail="per year, minus the license cost"
        />
        <Card
          inner
          title="Productivity savings"
          value={show(result?.productivityPerYear, money)}
          detail={`per year, ${show(result?.teamHoursPerYear, formats.number)} team hours`}
        />
        <Card
          inner
          title="Infrastructure savings"
          value={show(result?.infrastructurePerYear, money)}
          detail="per year"
        />
        <Card
          inner
          title="Hours saved"
          value={show(result?.hoursPerDeveloperWeek, formats.decimal)}
          detail={
            result?.savedShare === 1
              ? `per developer and week, the limit of ${WORKING_HOURS_PER_WEEK} h: check the inputs`
              : "per developer and week"
          }
        />
        <Card inner title="Time saved" value={show(result?.savedShare, formats.percent)} detail="of the working time" />
      </div>
    </Panel>
  );
};

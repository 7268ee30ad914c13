import { amountIn } from "./amount.ts";

/** What the calculator is told. Money is in one currency throughout. */
export type RoiInput = {
  developers: number;
  costKind: "hour" | "year";
  /** What a developer costs an hour, or a year. */
  cost: number;
  /** Deploy and test cycles of one developer in a day. */
  cycles: number;
  /** Minutes that mirrord saves in each. */
  minutes: number;
  environments: number;
  environmentKind: "month" | "year";
  /** What one decommissioned environment costs a month, or a year. */
  environmentCost: number;
  /** What the licenses cost a year. */
  licenseCost: number;
  currency: string;
};

export type RoiResult = {
  hoursPerDeveloperWeek: number;
  /** The share of the working time that is saved; no more than all of it. */
  fasterShare: number;
  teamHoursPerYear: number;
  productivityPerYear: number;
  infrastructurePerYear: number;
  netPerYear: number;
};

export const WORKING_DAYS_PER_WEEK = 5;
export const WORKING_WEEKS_PER_YEAR = 48;
export const WORKING_HOURS_PER_WEEK = 40;

export const ROI_DEFAULTS: RoiInput = {
  developers: 10,
  costKind: "year",
  cost: 120_000,
  cycles: 5,
  minutes: 10,
  environments: 0,
  environmentKind: "month",
  environmentCost: 0,
  licenseCost: 0,
  currency: "USD",
};

export const CURRENCIES = ["USD", "EUR", "GBP", "CHF", "JPY", "INR", "ILS", "AUD", "CAD"] as const;

/** Hours and money saved in a year, of 48 weeks with 40 hours each; nobody saves more time than there is. */
export const calculateRoi = (input: RoiInput): RoiResult => {
  const claimed = (input.cycles * input.minutes * WORKING_DAYS_PER_WEEK) / 60;
  const hoursPerDeveloperWeek = Math.min(claimed, WORKING_HOURS_PER_WEEK);
  const teamHoursPerYear = hoursPerDeveloperWeek * WORKING_WEEKS_PER_YEAR * input.developers;
  const perHour =
    input.costKind === "hour" ? input.cost : input.cost / (WORKING_WEEKS_PER_YEAR * WORKING_HOURS_PER_WEEK);
  const productivityPerYear = teamHoursPerYear * perHour;
  const infrastructurePerYear =
    input.environments * input.environmentCost * (input.environmentKind === "month" ? 12 : 1);
  return {
    hoursPerDeveloperWeek,
    fasterShare: hoursPerDeveloperWeek / WORKING_HOURS_PER_WEEK,
    teamHoursPerYear,
    productivityPerYear,
    infrastructurePerYear,
    netPerYear: productivityPerYear + infrastructurePerYear - input.licenseCost,
  };
};

const NUMBERS = ["developers", "cost", "cycles", "minutes", "environments", "environmentCost", "licenseCost"] as const;

/** The inputs out of a link's parameters; what is missing or no usable number is taken from `otherwise`. */
export const readRoiInput = (parameters: Readonly<Record<string, string>>, otherwise: RoiInput): RoiInput => {
  const input = { ...otherwise };
  for (const name of NUMBERS) {
    const value = amountIn(parameters[name]);
    if (value !== undefined) input[name] = value;
  }
  const { costKind, environmentKind, currency } = parameters;
  if (costKind === "hour" || costKind === "year") input.costKind = costKind;
  if (environmentKind === "month" || environmentKind === "year") input.environmentKind = environmentKind;
  input.currency = CURRENCIES.find((known) => known === currency) ?? input.currency;
  return input;
};

/** The inputs as a link's parameters. */
export const roiParameters = (input: RoiInput): Record<string, string> =>
  Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)]));

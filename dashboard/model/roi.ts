import { parseAmount } from "./amount.ts";

/** The inputs of the calculator. All amounts are in one currency. */
export type RoiInput = {
  developers: number;
  costKind: "hour" | "year";
  /** The cost of one developer, per `costKind`. */
  cost: number;
  /** Deploy and test cycles per developer and day. */
  cycles: number;
  /** Minutes that mirrord saves per cycle. */
  minutes: number;
  environments: number;
  environmentKind: "month" | "year";
  /** The cost of one removed environment, per `environmentKind`. */
  environmentCost: number;
  /** The cost of the license per year. */
  licenseCost: number;
  currency: string;
};

export type RoiResult = {
  hoursPerDeveloperWeek: number;
  /** The share of the working time that is saved, 0 to 1. */
  savedShare: number;
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

/** Hours and money saved per year of 48 weeks of 40 hours. The hours saved are capped at the hours worked. */
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
    savedShare: hoursPerDeveloperWeek / WORKING_HOURS_PER_WEEK,
    teamHoursPerYear,
    productivityPerYear,
    infrastructurePerYear,
    netPerYear: productivityPerYear + infrastructurePerYear - input.licenseCost,
  };
};

const NUMBERS = ["developers", "cost", "cycles", "minutes", "environments", "environmentCost", "licenseCost"] as const;

/** Reads the inputs from a link's parameters; missing or invalid ones come from `defaults`. */
export const readRoiInput = (parameters: Readonly<Record<string, string>>, defaults: RoiInput): RoiInput => {
  const input = { ...defaults };
  for (const name of NUMBERS) {
    const value = parseAmount(parameters[name]);
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

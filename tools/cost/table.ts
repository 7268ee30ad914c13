import { ALTERNATIVES } from "./alternatives.ts";
import type { Deployment } from "./deployment.ts";
import { type Estimate, estimate, type Line, sum, type Team } from "./estimate.ts";
import { costPerMillion, OPERATIONS, type OperationName } from "./operations.ts";
import { PRICED } from "./prices.ts";

/** The whole estimate as Markdown: of a deployment, and of what optional settings add to the default one. */
export const costTables = (team: Team, deployment: Deployment, added: readonly Line[]): string => {
  const of = estimate(team, deployment);
  return [
    `List prices of ${PRICED.region}, ${PRICED.date}, in US dollars, without free tiers.`,
    perMillionTable(team),
    monthTable(team, of),
    settingsTable(added),
    alternativesTable(of.total),
  ].join("\n\n");
};

const perMillionTable = ({ slowness }: Team): string =>
  table(
    ["a million of", "API", "Lambda", "table", "logs", "total"],
    (Object.keys(OPERATIONS) as OperationName[]).map((name) => {
      const { api, lambda, table: units, logs, total } = costPerMillion(name, slowness);
      return [OPERATIONS[name].about, ...[api, lambda, units, logs, total].map(dollars)];
    }),
  );

const monthTable = (team: Team, of: Estimate): string =>
  table(
    [`a month: ${team.operators} operators, ${team.users} users, ${team.sessionsPerDay} sessions a working day`, "$"],
    [
      ...section("fixed, even if nobody works", of.fixed),
      ...section("running operators", of.operators),
      ...section("people at work", of.use),
      ["**total**", `**${dollars(of.total)}**`],
      ["one more operator", dollars(of.perOperatorMonth)],
      ["1,000 more sessions", dollars(of.perThousandSessions)],
    ],
  );

const settingsTable = (added: readonly Line[]): string =>
  table(
    ["a setting adds, a month", "$"],
    added.map(({ what, usd }) => [what, dollars(usd)]),
  );

const section = (title: string, lines: readonly Line[]): string[][] => [
  [`**${title}**`, `**${dollars(sum(lines))}**`],
  ...lines.map(({ what, usd }) => [what, dollars(usd)]),
];

const alternativesTable = (total: number): string =>
  table(
    ["a month, always on", "$"],
    [...ALTERNATIVES.map(({ name, usd }) => [name, dollars(usd)]), ["this server, as above", dollars(total)]],
  );

const dollars = (usd: number): string => usd.toFixed(2);

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, column) => (column === 0 ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

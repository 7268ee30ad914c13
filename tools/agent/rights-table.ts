import { ALL_RIGHTS, type Right } from "./rights.ts";

const [BEGIN, END] = ["<!-- rights -->", "<!-- /rights -->"];

const WHEN: Record<Right["when"], string> = {
  always: "always",
  license: "`license.secretName`",
  restart: "`license.restartOperator`",
  enforce: "`enforceSeats`",
  killPreviews: "`killPreviews`",
  catalog: "`applyCatalog`",
};

const NAMES: Record<string, string> = {
  "{agent}": "`mirrord-license-agent`",
  "{license}": "the one that `license.secretName` names",
};

/** A page with the table of the chart's rights in place of what is between its marks. */
export const withRightsTable = (page: string): string => {
  const [before = "", rest = ""] = page.split(BEGIN);
  const [, after = ""] = rest.split(END);
  const rows = ALL_RIGHTS.map(rowOf).join("\n");
  const head = "| may | objects | where | when | why |\n|---|---|---|---|---|";
  return `${before}${BEGIN}\n${head}\n${rows}\n${END}${after}`;
};

const rowOf = ({ scope, when, group, resource, names, verbs, reason }: Right): string => {
  const objects = `\`${group === "" ? resource : `${resource}.${group}`}\``;
  const only = names === undefined ? "" : `, only ${names.map((name) => NAMES[name] ?? `\`${name}\``).join(", ")}`;
  const where = scope === "cluster" ? "cluster" : "operator's namespace";
  return `| ${verbs.join(", ")} | ${objects}${only} | ${where} | ${WHEN[when]} | ${reason} |`;
};

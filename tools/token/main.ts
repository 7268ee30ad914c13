import { parseArgs } from "node:util";
import { SCOPES } from "../../shared/contract/scopes.ts";
import { argumentFaults, variableFaults } from "../input/utf8.ts";
import { askLocally } from "../local/access-tokens.ts";

const HELP = `Creates, lists and revokes access tokens of a local server, with the key in its data folder.
The same as \`license-server token\`, which also works for deployments.

  npm run token -- --subject NAME --scopes SCOPE[,SCOPE…] [--hours 8] [--data-dir .data]
  npm run token -- --list [--data-dir .data]
  npm run token -- --revoke TOKEN_ID [--data-dir .data]

The server may run or not. Standard output has the token only.
Scopes: ${SCOPES.join(" ")}`;

const OPTIONS = {
  subject: { type: "string" },
  scopes: { type: "string", default: "" },
  hours: { type: "string", default: "8" },
  list: { type: "boolean", default: false },
  revoke: { type: "string" },
  "data-dir": { type: "string", default: process.env["DATA_DIR"] || ".data" },
  help: { type: "boolean", default: false },
} as const;

const VARIABLES = ["DATA_DIR", "DYNAMODB_ENDPOINT", "TABLE_NAME", "TOKEN_ISSUER"];

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

const fail = (lines: readonly string[]): void => {
  for (const line of lines) console.error(line);
  process.exitCode = 2;
};

const requestOf = (values: Values): object => {
  if (values.list) return { list: true };
  if (values.revoke !== undefined) return { revoke: values.revoke };
  return {
    subject: values.subject,
    scopes: values.scopes.split(",").filter((scope) => scope !== ""),
    expires_in_secs: Math.round(Number(values.hours) * 3_600),
  };
};

const run = async (values: Values): Promise<void> => {
  const answer = await askLocally(values["data-dir"], requestOf(values));
  if (!answer.ok) return fail(answer.errors.map(({ path: at, message }) => `${OPTION_OF[at] ?? at}: ${message}`));
  if ("token" in answer) return console.log(answer.token);
  if ("tokens" in answer) return console.log(JSON.stringify(answer.tokens, undefined, 2));
  console.error(
    answer.known ? `revoked: ${answer.token_id}` : `no record of this token; refused from now on: ${answer.token_id}`,
  );
};

// The options for the request's fields.
const OPTION_OF: Record<string, string> = {
  subject: "--subject",
  scopes: "--scopes",
  expires_in_secs: "--hours, in seconds",
  revoke: "--revoke",
};

const main = async (): Promise<void> => {
  const damaged = [...argumentFaults(process.argv.slice(2)), ...variableFaults(process.env, VARIABLES)];
  if (damaged.length > 0) return fail(damaged.map((line) => `token: ${line}`));
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (values.help) console.log(HELP);
    else await run(values);
  } catch (error) {
    fail([`token: ${error instanceof Error ? error.message : "failed"}`]);
  }
};

await main();

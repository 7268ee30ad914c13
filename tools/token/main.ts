import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { SCOPES } from "../../shared/contract/scopes.ts";
import { fileSecret } from "../../shared/licensing/secret.ts";
import { signingKeys } from "../../shared/licensing/signing-keys.ts";
import { answerTokenRequest } from "../../shared/licensing/token-request.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { LOCAL_ISSUER, signingPath } from "../local/secrets.ts";

const HELP = `Makes an access token for the local server, with the key in its data folder.

  npm run token -- --subject NAME --scopes SCOPE[,SCOPE…] [--hours 8] [--data-dir .data]

The token alone goes to standard output. Scopes: ${SCOPES.join(" ")}
For a deployment, invoke its token function (output TokenFunctionName); docs/operations.md shows how.`;

const OPTIONS = {
  subject: { type: "string" },
  scopes: { type: "string", default: "" },
  hours: { type: "string", default: "8" },
  "data-dir": { type: "string", default: process.env["DATA_DIR"] || ".data" },
  help: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

const fail = (lines: readonly string[]): void => {
  for (const line of lines) console.error(line);
  process.exitCode = 2;
};

const make = async (values: Values): Promise<void> => {
  const path = signingPath(values["data-dir"], "access");
  if (!existsSync(path)) return fail([`there is no ${path}: start the server once, or name its --data-dir`]);
  const now = Date.now;
  // What the maker logs is for the function's log; here it would only stand between the user and the token.
  const log = createLogger("error", console.error, now);
  const answer = await answerTokenRequest(
    { issuer: LOCAL_ISSUER, keys: signingKeys(fileSecret(path), "access", now, log), newId: randomUUID, now, log },
    {
      subject: values.subject,
      scopes: values.scopes.split(",").filter((scope) => scope !== ""),
      expires_in_secs: Math.round(Number(values.hours) * 3_600),
    },
  );
  if (!answer.ok) return fail(answer.errors.map(({ path: at, message }) => `${OPTION_OF[at] ?? at}: ${message}`));
  console.log(answer.token);
};

// What the request's fields are called on the command line.
const OPTION_OF: Record<string, string> = {
  subject: "--subject",
  scopes: "--scopes",
  expires_in_secs: "--hours, in seconds",
};

const main = async (): Promise<void> => {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (values.help) console.log(HELP);
    else await make(values);
  } catch (error) {
    fail([`token: ${error instanceof Error ? error.message : "failed"}`]);
  }
};

await main();

import type { Command } from "commander";
import { AGENT_SCOPE, SCOPES } from "../../../shared/contract/scopes.ts";
import { HOUR_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, needsAnswer } from "../confirm.ts";
import { type Connection, OWN_TOKEN_SECONDS, SUBJECT_PREFIX, subjectOf } from "../connect.ts";
import { claimsOf } from "../doctor/credential.ts";
import { CliError, EXIT } from "../exit.ts";
import { type IdOptions, idOf, withId } from "../id-argument.ts";
import { table } from "../table.ts";
import { count, moment, safe } from "../text.ts";
import type { ShownToken, TokenService } from "../token-service.ts";

type CreateOptions = { subject?: string; scopes: string; hours: string };

/** `token create | ls | revoke`. */
export const tokenCommands = (program: Command, define: Define): void => {
  const group = program
    .command("token")
    .description(
      "create, list and revoke access tokens; requires a deployment's token function or a local server's data folder",
    );

  define(
    examples(
      group
        .command("create")
        .description("create an access token; standard output has only the token")
        .requiredOption("--scopes <scopes>", `what the token may do, separated by commas: ${SCOPES.join(" ")}`)
        .option("--subject <name>", "who will use it, for the audit (default: you)")
        .option("--hours <number>", "its lifetime, up to 8784", "8"),
      "license-server token create --scopes reports:read --subject 'cost report' --hours 720 --stack-prefix LicenseServer",
      "license-server token create --scopes sessions:read,sessions:delete --data-dir .data > token",
    ),
    async ({ options, system, connection, print, note }: Call<CreateOptions>) => {
      const made = await tokensOf(connection).create({
        subject: options.subject ?? subjectOf(system.env),
        scopes: scopesIn(options.scopes),
        expires_in_secs: secondsIn(options.hours),
      });
      print(made, () => made.token);
      note(`Token ${made.token_id} is valid until ${moment(made.expires_at)}.`);
    },
  );

  define(
    examples(
      group
        .command("ls")
        .description("list the tokens that have not expired, newest first")
        .option("--all", "also list the ten-minute tokens that commands create for themselves"),
      "license-server token ls",
    ),
    async ({ options: { all = false }, connection, print, note }: Call<{ all?: boolean }>) => {
      const { tokens, ...rest } = await tokensOf(connection).list();
      const list = { ...rest, tokens: tokens.filter((token) => all || !isOwn(token)) };
      const left = tokens.length - list.tokens.length;
      if (left > 0)
        note(
          `${count(left, "token")} that commands created for themselves ${left === 1 ? "is" : "are"} not listed. To list all: --all`,
        );
      const none = left > 0 ? "No other tokens." : "No valid tokens.";
      print(list, () => (list.tokens.length === 0 ? none : tokenTable(list.tokens)));
    },
  );

  define(
    examples(
      withId(
        group.command("revoke").description("refuse a token from now on; takes effect everywhere within 30 seconds"),
        "the token's id, as `token ls` shows it; never the token itself",
      ).option("-y, --yes", "do not ask"),
      "license-server token revoke 0b0a8cf8-1d52-4b62-a6c7-58ad8e6f1c2e",
    ),
    async (call: Call<IdOptions & { yes?: boolean }>) => {
      const id = idOf(call, { noun: "token", list: "token ls" });
      const { system, connection, print, note } = call;
      const yes = call.options.yes ?? false;
      refuseToken(id);
      needsAnswer(system, yes);
      const service = tokensOf(connection);
      if (!yes) {
        const tokens = (await service.list()).tokens.filter(({ token_id }) => token_id === id);
        system.stderr.write(tokens.length === 0 ? "There is no record of this token.\n" : `${tokenTable(tokens)}\n`);
        await confirm(system, "Revoke this token?", yes);
      }
      const revoked = await service.revoke(id);
      print(revoked, () => `Token ${safe(revoked.token_id)} is revoked since ${moment(revoked.revoked_at)}.`);
      if (!revoked.known) note("There is no record of this token. Check the id. It is refused from now on anyway.");
    },
  );
};

/** @throws CliError without a deployment or a data folder */
export const tokensOf = ({ tokens }: Connection): TokenService => {
  if (tokens !== undefined) return tokens;
  throw new CliError(
    EXIT.usage,
    "Access tokens need a deployment or a data folder. Use --stack-prefix (AWS) or --data-dir (local).",
  );
};

/** Hours in seconds; NaN for a text that is not a number, which is then reported with all other faults. */
export const secondsIn = (hours: string): number =>
  /^\d+(\.\d+)?$/.test(hours) ? Math.round((Number(hours) * HOUR_MS) / SECOND_MS) : Number.NaN;

/** Whether a command created the token for itself, judged by its subject and its lifetime. */
const isOwn = ({ subject, made_at, expires_at }: ShownToken): boolean =>
  subject.startsWith(SUBJECT_PREFIX) && Date.parse(expires_at) - Date.parse(made_at) <= OWN_TOKEN_SECONDS * SECOND_MS;

const refuseToken = (id: string): void => {
  if (!/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(id)) return;
  const own = claimsOf(id)?.["jti"];
  throw new CliError(
    EXIT.usage,
    `This is the token itself. ${typeof own === "string" ? `Its id is ${safe(own)}.` : "`token ls` shows its id."}`,
  );
};

const scopesIn = (text: string): string[] => {
  const scopes = [...new Set(text.split(/[\s,]+/).filter((scope) => scope !== ""))];
  if (scopes.includes(AGENT_SCOPE))
    throw new CliError(EXIT.usage, "A token with the scope agent is for one cluster: license-server agent token");
  return scopes;
};

const tokenTable = (tokens: readonly ShownToken[]): string =>
  table(
    ["Token ID", "Subject", "Made", "Expires", "Revoked", "Scopes"],
    tokens.map((token) => [
      token.token_id,
      token.subject,
      moment(token.made_at),
      moment(token.expires_at),
      token.revoked_at === null ? null : moment(token.revoked_at),
      token.scopes.join(" "),
    ]),
  );

import type { Command } from "commander";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { HOUR_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, needsAnswer } from "../confirm.ts";
import { type Connection, OWN_TOKEN_SECONDS, SUBJECT_PREFIX, subjectOf } from "../connect.ts";
import { claimsOf } from "../doctor/credential.ts";
import { CliError, EXIT } from "../exit.ts";
import { type IdOptions, idOf, withId } from "../id-argument.ts";
import { table } from "../table.ts";
import { count, moment, safe } from "../text.ts";
import type { ShownToken, TokenDesk } from "../token-desk.ts";

type CreateOptions = { subject?: string; scopes: string; hours: string };

/** `token create | ls | revoke`. */
export const tokenCommands = (program: Command, define: Define): void => {
  const group = program
    .command("token")
    .description(
      "access tokens: made and revoked by whoever may invoke a deployment's token function, or owns a data folder",
    );

  define(
    examples(
      group
        .command("create")
        .description("make an access token; it alone goes to standard output")
        .requiredOption("--scopes <scopes>", `what it opens, separated by commas: ${SCOPES.join(" ")}`)
        .option("--subject <name>", "who will use it, as the audit is to say (default: you)")
        .option("--hours <number>", "how long it lasts, up to 8784", "8"),
      "license-server token create --scopes reports:read --subject 'cost report' --hours 720 --stack-prefix LicenseServer",
      "license-server token create --scopes sessions:read,sessions:delete --data-dir .data > token",
    ),
    async ({ options, system, connection, print, note }: Call<CreateOptions>) => {
      const made = await deskOf(connection).create({
        subject: options.subject ?? subjectOf(system.env),
        scopes: scopesIn(options.scopes),
        expires_in_secs: secondsIn(options.hours),
      });
      print(made, () => made.token);
      note(`token ${made.token_id}, until ${moment(made.expires_at)}`);
    },
  );

  define(
    examples(
      group
        .command("ls")
        .description("the tokens that have not expired, the newest first")
        .option("--all", "also those that commands made for themselves, for ten minutes"),
      "license-server token ls",
    ),
    async ({ options: { all = false }, connection, print, note }: Call<{ all?: boolean }>) => {
      const { tokens, ...rest } = await deskOf(connection).list();
      const list = { ...rest, tokens: tokens.filter((token) => all || !isOwn(token)) };
      const left = tokens.length - list.tokens.length;
      if (left > 0) note(`${count(left, "token")}, made by commands for themselves, not shown: --all shows all`);
      print(list, () => (list.tokens.length === 0 ? "no token is in force" : tokenTable(list.tokens)));
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
      const id = idOf(call);
      const { system, connection, print, note } = call;
      const yes = call.options.yes ?? false;
      refuseToken(id);
      needsAnswer(system, yes);
      const desk = deskOf(connection);
      if (!yes) {
        const tokens = (await desk.list()).tokens.filter(({ token_id }) => token_id === id);
        system.stderr.write(tokens.length === 0 ? "no record of such a token\n" : `${tokenTable(tokens)}\n`);
        await confirm(system, "Revoke this token?", yes);
      }
      const revoked = await desk.revoke(id);
      print(revoked, () => `token ${safe(revoked.token_id)} is revoked since ${moment(revoked.revoked_at)}`);
      if (!revoked.known) note("there is no record of such a token: is the id right? It is refused all the same");
    },
  );
};

/** @throws CliError where nothing here can make tokens */
export const deskOf = ({ tokens }: Connection): TokenDesk => {
  if (tokens !== undefined) return tokens;
  throw new CliError(
    EXIT.usage,
    "where are tokens made? --stack-prefix names a deployment, --data-dir a local server's data folder",
  );
};

/** Hours in seconds; of what is no number, none: whoever makes the token then names that fault with all others. */
export const secondsIn = (hours: string): number =>
  /^\d+(\.\d+)?$/.test(hours) ? Math.round((Number(hours) * HOUR_MS) / SECOND_MS) : Number.NaN;

/** Whether a command made the token for itself, as its name and its short life say. */
const isOwn = ({ subject, made_at, expires_at }: ShownToken): boolean =>
  subject.startsWith(SUBJECT_PREFIX) && Date.parse(expires_at) - Date.parse(made_at) <= OWN_TOKEN_SECONDS * SECOND_MS;

const refuseToken = (id: string): void => {
  if (!/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(id)) return;
  const own = claimsOf(id)?.["jti"];
  throw new CliError(
    EXIT.usage,
    `this is the token itself: ${typeof own === "string" ? `its id is ${safe(own)}` : "`token ls` shows its id"}`,
  );
};

const scopesIn = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter((scope) => scope !== ""))];

const tokenTable = (tokens: readonly ShownToken[]): string =>
  table(
    ["Token ID", "Subject", "Scopes", "Made", "Expires", "Revoked"],
    tokens.map((token) => [
      token.token_id,
      token.subject,
      token.scopes.join(" "),
      moment(token.made_at),
      moment(token.expires_at),
      token.revoked_at === null ? null : moment(token.revoked_at),
    ]),
  );

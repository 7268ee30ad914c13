import type { Command } from "commander";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { type Call, type Define, examples } from "../command.ts";
import { subjectOf } from "../connect.ts";
import { moment } from "../text.ts";
import { deskOf, secondsIn } from "./token.ts";

type Options = { admin?: boolean; hours: string };

/** `dashboard`. */
export const dashboardCommand = (program: Command, define: Define): void => {
  define(
    examples(
      program
        .command("dashboard")
        .description(
          "print a link to the web page that signs you in: it carries a fresh access token, so keep it to yourself",
        )
        .option("--admin", "the token also stops sessions and releases seats")
        .option("--hours <number>", "how long the token lasts", "8"),
      "license-server dashboard --stack-prefix LicenseServer",
      'xdg-open "$(license-server dashboard --data-dir .data --admin)"',
    ),
    async ({ options: { admin = false, hours }, system, connection, print, note }: Call<Options>) => {
      const desk = deskOf(connection);
      const url = await connection.url();
      const made = await desk.create({
        subject: subjectOf(system.env),
        scopes: SCOPES.filter((scope) => admin || scope.endsWith(":read")),
        expires_in_secs: secondsIn(hours),
      });
      // A fragment stays in the browser: it stands in no request and no log of a server.
      const link = `${url}/dashboard#token=${made.token}`;
      print({ url: link, token_id: made.token_id, expires_at: made.expires_at }, () => link);
      note(`token ${made.token_id}, until ${moment(made.expires_at)}; \`license-server token revoke\` ends it earlier`);
    },
  );
};

import type { Command } from "commander";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { type Call, type Define, examples } from "../command.ts";
import { subjectOf } from "../connect.ts";
import { moment } from "../text.ts";
import { secondsIn, tokensOf } from "./token.ts";

type Options = { admin?: boolean; hours: string };

/** `dashboard`. */
export const dashboardCommand = (program: Command, define: Define): void => {
  define(
    examples(
      program
        .command("dashboard")
        .description(
          "print a link that signs you in to the web page; the link contains an access token, so keep it secret",
        )
        .option("--admin", "the token may also stop sessions, release seats and change policies")
        .option("--hours <number>", "lifetime of the token", "8"),
      "license-server dashboard --stack-prefix LicenseServer",
      "license-server dashboard --data-dir .data --admin",
    ),
    async ({ options: { admin = false, hours }, system, connection, print, note }: Call<Options>) => {
      const tokens = tokensOf(connection);
      const url = await connection.url();
      const made = await tokens.create({
        subject: subjectOf(system.env),
        scopes: SCOPES.filter((scope) => admin || scope.endsWith(":read")),
        expires_in_secs: secondsIn(hours),
      });
      // A fragment stays in the browser: no request and no server log contains it.
      const link = `${url}/dashboard#token=${made.token}`;
      print({ url: link, token_id: made.token_id, expires_at: made.expires_at }, () => link);
      note(
        `Token ${made.token_id} is valid until ${moment(made.expires_at)}. To end it earlier: license-server token revoke`,
      );
    },
  );
};

import type { Command } from "commander";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, needsAnswer } from "../confirm.ts";
import { CliError, EXIT } from "../exit.ts";
import { type Profile, type ProfileFile, profilePath, readProfiles, writeProfiles } from "../profile-file.ts";
import { table } from "../table.ts";
import { asTyped, safe } from "../text.ts";

/** `profile ls | use | rm`; `configure` makes them. */
export const profileCommands = (program: Command, define: Define): void => {
  const group = program.command("profile").description("list, choose and remove saved servers");

  define(
    examples(
      group.command("ls").description("list the profiles, without keys and tokens"),
      "license-server profile ls",
    ),
    async ({ print, system, warn }: Call<object>) => {
      const file = readProfiles(profilePath(system.env), warn);
      const shown = Object.entries(file.profiles).map(([name, profile]) => shownProfile(name, profile, file.current));
      print({ profiles: shown }, () =>
        shown.length === 0 ? "No profiles. To save one: license-server configure" : profileTable(shown),
      );
    },
    NO_SERVER,
  );

  define(
    examples(
      group.command("use").description("choose the profile for commands that name none").argument("<name>"),
      "license-server profile use prod",
    ),
    async ({ args: [given = ""], system, say, warn }: Call<object>) => {
      const name = asTyped(given);
      change(system.env, name, warn, (file) => ({ ...file, current: name }));
      say(`Commands now use profile ${safe(name)}.`);
    },
    NO_SERVER,
  );

  define(
    examples(
      group.command("rm").description("remove a profile").argument("<name>").option("-y, --yes", "do not ask"),
      "license-server profile rm staging",
    ),
    async ({ args: [given = ""], options: { yes = false }, system, say, warn }: Call<{ yes?: boolean }>) => {
      const name = asTyped(given);
      needsAnswer(system, yes);
      named(readProfiles(profilePath(system.env), warn), name);
      await confirm(system, `Remove the profile ${safe(name)}, with its key and token?`, yes);
      change(
        system.env,
        name,
        () => undefined,
        ({ current, profiles: { [name]: _gone, ...profiles } }) => ({
          ...(current === undefined || current === name ? {} : { current }),
          profiles,
        }),
      );
      say(`Profile ${safe(name)} is removed.`);
    },
    NO_SERVER,
  );
};

// A damaged profile in use must not prevent the choice of another.
const NO_SERVER = { asksServer: false };

const change = (
  env: NodeJS.ProcessEnv,
  name: string,
  warn: (line: string) => void,
  changed: (file: ProfileFile) => ProfileFile,
): void => {
  const path = profilePath(env);
  const file = readProfiles(path, warn);
  named(file, name);
  writeProfiles(path, changed(file));
};

const named = ({ profiles }: ProfileFile, name: string): void => {
  if (!Object.hasOwn(profiles, name))
    throw new CliError(EXIT.notFound, `No profile is called ${safe(name)}. See \`license-server profile ls\`.`);
};

/** A profile without its secrets: only whether they exist. */
const shownProfile = (name: string, { key, token, ...rest }: Profile, current: string | undefined) => ({
  name,
  current: name === current,
  ...rest,
  key: key !== undefined,
  token: token !== undefined,
});

const profileTable = (profiles: readonly ReturnType<typeof shownProfile>[]): string =>
  table(
    ["", "Name", "Server", "Key", "Token"],
    profiles.map((profile) => [
      profile.current ? "*" : " ",
      profile.name,
      profile.url ?? profile.stackPrefix ?? profile.dataDir ?? null,
      profile.key ? "yes" : "no",
      profile.token ? "yes" : "no",
    ]),
  );

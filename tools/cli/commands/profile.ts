import type { Command } from "commander";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, needsAnswer } from "../confirm.ts";
import { CliError, EXIT } from "../exit.ts";
import { type Profile, type ProfileFile, profilePath, readProfiles, writeProfiles } from "../profile-file.ts";
import { table } from "../table.ts";
import { asTyped, safe } from "../text.ts";

/** `profile ls | use | rm`; `configure` makes them. */
export const profileCommands = (program: Command, define: Define): void => {
  const group = program.command("profile").description("profiles: servers and what opens them, under names");

  define(
    examples(
      group.command("ls").description("the profiles; keys and tokens are not shown"),
      "license-server profile ls",
    ),
    async ({ print, system, warn }: Call<object>) => {
      const file = readProfiles(profilePath(system.env), warn);
      const shown = Object.entries(file.profiles).map(([name, profile]) => shownProfile(name, profile, file.current));
      print({ profiles: shown }, () =>
        shown.length === 0 ? "no profiles: license-server configure makes one" : profileTable(shown),
      );
    },
    NO_SERVER,
  );

  define(
    examples(
      group.command("use").description("make a profile the one that is meant where none is named").argument("<name>"),
      "license-server profile use prod",
    ),
    async ({ args: [given = ""], system, say, warn }: Call<object>) => {
      const name = asTyped(given);
      change(system.env, name, warn, (file) => ({ ...file, current: name }));
      say(`profile ${safe(name)} is used from now on`);
    },
    NO_SERVER,
  );

  define(
    examples(
      group.command("rm").description("forget a profile").argument("<name>").option("-y, --yes", "do not ask"),
      "license-server profile rm staging",
    ),
    async ({ args: [given = ""], options: { yes = false }, system, say, warn }: Call<{ yes?: boolean }>) => {
      const name = asTyped(given);
      needsAnswer(system, yes);
      named(readProfiles(profilePath(system.env), warn), name);
      await confirm(system, `Forget the profile ${safe(name)}, with its key and token?`, yes);
      change(
        system.env,
        name,
        () => undefined,
        ({ current, profiles: { [name]: _gone, ...profiles } }) => ({
          ...(current === undefined || current === name ? {} : { current }),
          profiles,
        }),
      );
      say(`profile ${safe(name)} is forgotten`);
    },
    NO_SERVER,
  );
};

// Whatever the profile in use is: here is where another one is chosen.
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

/** A profile without its secrets: only that they are there. */
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

import type { Command } from "commander";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, needsAnswer } from "../confirm.ts";
import { CliError, EXIT } from "../exit.ts";
import { type Profile, type ProfileFile, profilePath, readProfiles, writeProfiles } from "../profile-file.ts";
import { table } from "../table.ts";
import { asTyped, safe } from "../text.ts";

/** `server ls | use | rm`: the servers that `configure` saves, each a profile of its own. */
export const serverCommands = (program: Command, define: Define): void => {
  const group = program.command("server").description("list, choose and remove saved servers");
  define(
    examples(
      group.command("ls").description("list the saved servers, without keys and tokens"),
      "license-server server ls",
    ),
    list,
    NO_SERVER,
  );
  define(
    examples(
      group.command("use").description("choose the server for commands that name none").argument("<name>"),
      "license-server server use prod",
    ),
    use,
    NO_SERVER,
  );
  define(
    examples(
      group.command("rm").description("remove a saved server").argument("<name>").option("-y, --yes", "do not ask"),
      "license-server server rm staging",
    ),
    remove,
    NO_SERVER,
  );
};

/** The names that these commands had until release 0.3. They work, and name the new ones. */
export const earlierServerCommands = (group: Command, define: Define): void => {
  const hinted =
    <Options>(name: string, action: (call: Call<Options>) => Promise<void>) =>
    async (call: Call<Options>) => {
      call.note(`Saved servers have a command of their own: license-server server ${name}`);
      await action(call);
    };
  define(group.command("use", { hidden: true }).argument("<name>"), hinted("use", use), NO_SERVER);
  define(
    group.command("rm", { hidden: true }).argument("<name>").option("-y, --yes", "do not ask"),
    hinted("rm", remove),
    NO_SERVER,
  );
};

const list = async ({ print, system, warn }: Call<object>): Promise<void> => {
  const file = readProfiles(profilePath(system.env), warn);
  const shown = Object.entries(file.profiles).map(([name, profile]) => shownProfile(name, profile, file.current));
  print({ profiles: shown }, () =>
    shown.length === 0 ? "No saved servers. To save one: license-server configure" : profileTable(shown),
  );
};

const use = async ({ args: [given = ""], system, say, warn }: Call<object>): Promise<void> => {
  const name = asTyped(given);
  change(system.env, name, warn, (file) => ({ ...file, current: name }));
  say(`Commands now use ${safe(name)}.`);
};

const remove = async ({ args: [given = ""], options: { yes = false }, system, say, warn }: Call<{ yes?: boolean }>) => {
  const name = asTyped(given);
  needsAnswer(system, yes);
  named(readProfiles(profilePath(system.env), warn), name);
  await confirm(system, `Remove the saved server ${safe(name)}, with its key and token?`, yes);
  change(
    system.env,
    name,
    () => undefined,
    ({ current, profiles: { [name]: _gone, ...profiles } }) => ({
      ...(current === undefined || current === name ? {} : { current }),
      profiles,
    }),
  );
  say(`Server ${safe(name)} is removed.`);
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
    throw new CliError(EXIT.notFound, `No saved server is called ${safe(name)}. See \`license-server server ls\`.`);
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

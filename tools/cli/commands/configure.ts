import { resolve } from "node:path";
import type { Command } from "commander";
import { shellWord } from "../../local/shell-word.ts";
import { askHidden, askLine } from "../ask.ts";
import { type Call, type Define, examples } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";
import { isProfileName, type Profile, profilePath, readProfiles, writeProfiles } from "../profile-file.ts";
import { cleanUrl, type GlobalOptions, type Settings } from "../settings.ts";
import type { System } from "../system.ts";
import { asTyped, safe } from "../text.ts";

const DEFAULT_NAME = "default";

/** `configure`. */
export const configureCommand = (program: Command, define: Define): void => {
  define(
    examples(
      program
        .command("configure")
        .description("save a server and its credentials under a name; without options it asks")
        .argument("[name]", "the name", DEFAULT_NAME),
      "license-server configure",
      "license-server configure prod --url https://licenses.example.com --key-file key",
      "license-server configure aws --stack-prefix LicenseServer --region eu-central-1",
    ),
    async ({ args: [given = DEFAULT_NAME], settings, system, say, warn }: Call<GlobalOptions>) => {
      const name = asTyped(given);
      if (!isProfileName(name))
        throw new CliError(EXIT.usage, `A saved server cannot be called ${JSON.stringify(name)}.`);
      const { url, stackPrefix, dataDir } = settings;
      const isNamed = url !== undefined || stackPrefix !== undefined || dataDir !== undefined;
      const profile = isNamed ? profileOf(settings) : await askedProfile(system);
      const path = profilePath(system.env);
      const file = readProfiles(path, warn);
      writeProfiles(path, { current: file.current ?? name, profiles: { ...file.profiles, [name]: profile } });
      say(`Server ${safe(name)} is saved in ${path}.`);
      if ((file.current ?? name) !== name)
        say(`Commands use ${safe(file.current ?? name)}. To change that: license-server server use ${operand(name)}`);
    },
    // Save what is given here, not the server in use under a second name.
    { asksServer: false },
  );
};

const operand = (name: string): string => `${name.startsWith("-") ? "-- " : ""}${shellWord(safe(name))}`;

const profileOf = ({ url, credentials: { key, token }, stackPrefix, region, dataDir }: Settings): Profile =>
  // Absolute, so that the profile works in every folder.
  present({ url, key, token, stackPrefix, region, dataDir: dataDir === undefined ? undefined : resolve(dataDir) });

const askedProfile = async (system: System): Promise<Profile> => {
  if (system.stdin.isTTY !== true)
    throw new CliError(EXIT.usage, "No server specified. Use --url, --stack-prefix or --data-dir.");
  const faults: string[] = [];
  const url = cleanUrl(await askLine(system, "URL of the server: "), faults);
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  const key = await askHidden(system, "License key (not shown; empty for none): ");
  const token = key === "" ? await askHidden(system, "Access token (not shown; empty for none): ") : "";
  return present({ url, key, token });
};

const present = (fields: Record<string, string | undefined>): Profile =>
  Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== undefined && text !== ""));

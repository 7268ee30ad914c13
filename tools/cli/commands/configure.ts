import type { Command } from "commander";
import { askHidden, askLine } from "../ask.ts";
import { type Call, type Define, examples } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";
import { type Profile, profilePath, readProfiles, writeProfiles } from "../profile-file.ts";
import type { GlobalOptions, Settings } from "../settings.ts";
import type { System } from "../system.ts";
import { safe } from "../text.ts";

const DEFAULT_NAME = "default";

/** `configure`. */
export const configureCommand = (program: Command, define: Define): void => {
  define(
    examples(
      program
        .command("configure")
        .description("keep a server and what opens it as a profile; asks on a terminal for what the options do not say")
        .argument("[name]", "the profile's name", DEFAULT_NAME),
      "license-server configure",
      "license-server configure prod --url https://licenses.example.com --key-file key",
      "license-server configure aws --stack-prefix LicenseServer --region eu-central-1",
    ),
    async ({ args: [name = DEFAULT_NAME], settings, system, say }: Call<GlobalOptions>) => {
      const { url, stackPrefix, dataDir } = settings;
      const isNamed = url !== undefined || stackPrefix !== undefined || dataDir !== undefined;
      const profile = isNamed ? profileOf(settings) : await askedProfile(system);
      const path = profilePath(system.env);
      const file = readProfiles(path, () => undefined);
      writeProfiles(path, { current: file.current ?? name, profiles: { ...file.profiles, [name]: profile } });
      say(`profile ${safe(name)} is kept in ${path}`);
      if ((file.current ?? name) !== name)
        say(`license-server profile use ${safe(name)} makes it the one that is meant`);
    },
  );
};

const profileOf = ({ url, credentials: { key, token }, stackPrefix, region, dataDir }: Settings): Profile =>
  present({ url, key, token, stackPrefix, region, dataDir });

const askedProfile = async (system: System): Promise<Profile> => {
  if (system.stdin.isTTY !== true)
    throw new CliError(EXIT.usage, "which server? --url, --stack-prefix or --data-dir names it");
  const url = await askLine(system, "URL of the server: ");
  if (!URL.canParse(url)) throw new CliError(EXIT.usage, "that is no URL");
  const key = await askHidden(system, "License key (not shown; empty for none): ");
  const token = key === "" ? await askHidden(system, "Access token (not shown; empty for none): ") : "";
  return present({ url: url.replace(/\/+$/, ""), key, token });
};

const present = (fields: Record<string, string | undefined>): Profile =>
  Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== undefined && text !== ""));

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Metafile } from "esbuild";

type Inputs = Metafile["outputs"][string]["inputs"];

/** The folders of the packages in a bundle, without duplicates, as the bundler writes their paths. */
export const packageFolders = (inputs: Inputs): string[] => [
  ...new Set(
    Object.entries(inputs)
      // A package of which nothing is left in the output does not count.
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []),
  ),
];

/**
 * The license texts of the bundled packages; the licenses require them in every copy. `root` is the folder that the
 * bundler's paths are relative to. Throws when a package has no license file, unless its license asks for no notice.
 */
export const noticesOf = ({ outputs }: Metafile, root: string): string =>
  [...new Set(Object.values(outputs).flatMap(({ inputs }) => packageFolders(inputs)))]
    .map((folder) => `${folder.split("node_modules/").at(-1)}\n\n${licenseText(resolve(root, folder))}`)
    .sort()
    .join("\n\n");

/** Licenses that give a work to the public domain (SPDX identifiers). */
const WITHOUT_NOTICE = new Set(["Unlicense", "CC0-1.0"]);

const licenseText = (folder: string): string => {
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name));
  if (file === undefined) {
    const { license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { license?: string };
    if (license !== undefined && WITHOUT_NOTICE.has(license)) return `${license}: no notice is required.`;
    throw new Error(`${folder} has no license file`);
  }
  return readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
};

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Metafile } from "esbuild";

type Inputs = Metafile["outputs"][string]["inputs"];

/** The folders of the packages of which something is left in a bundle, each once, as the bundler writes their paths. */
export const packageFolders = (inputs: Inputs): string[] => [
  ...new Set(
    Object.entries(inputs)
      // What is looked at and of which nothing is left does not count.
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []),
  ),
];

/**
 * The notices that the licenses of bundled packages ask to be kept in every copy, as the packages' own license files have
 * them. `root` is where the bundler's paths begin. Throws where a package has no such file.
 */
export const noticesOf = ({ outputs }: Metafile, root: string): string =>
  [...new Set(Object.values(outputs).flatMap(({ inputs }) => packageFolders(inputs)))]
    .map((folder) => `${folder.split("node_modules/").at(-1)}\n\n${licenseText(resolve(root, folder))}`)
    .sort()
    .join("\n\n");

const licenseText = (folder: string): string => {
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name));
  if (file === undefined) throw new Error(`${folder} has no license file whose notice could be kept`);
  return readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
};

import { readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { build, type Metafile } from "esbuild";
import { PAGE_BUILD } from "../../../dashboard/build.ts";
import { packageFolders } from "../../../dashboard/notices.ts";
import { BUNDLING, LATE_CHUNKS } from "../../../shared/contract/bundling.ts";
import { FUNCTIONS } from "../../../shared/contract/functions.ts";
import { AGENT_BUILD } from "../../agent-image/bundle.ts";
import { writeDocuments } from "../../documents/write.ts";
import { nameOf } from "./lock.ts";

/**
 * A package that is part of a deployment. `in` lists the functions that contain it, `page` for the web page, and `agent` for the
 * image of the cluster agent.
 */
export type BundledPackage = { path: string; name: string; version: string; license: string; in: string[] };

const ROOT = join(import.meta.dirname, "..", "..", "..");

/**
 * The packages that the bundler includes in the functions, the page and the agent, sorted by name. `functions` is what the bundler
 * notes about the functions; without it they are bundled.
 */
export const bundledPackages = async (functions?: Metafile): Promise<BundledPackage[]> => {
  const outputs = usesIn(functions ?? (await functionsMetafile()), (output) => basename(output, extname(output)));
  // The late chunk is deployed with the functions that load it.
  const inFunctions = outputs.flatMap((use) =>
    (LATE_CHUNKS.find(({ file }) => file === use.user)?.functions ?? [use.user]).map((user) => ({ ...use, user })),
  );
  const uses = Map.groupBy([...inFunctions, ...(await inPage()), ...(await inAgent())], ({ path }) => path);
  return [...uses]
    .map(([path, found]) => ({ path, ...described(path), in: [...new Set(found.map(({ user }) => user))].sort() }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
};

type Use = { path: string; user: string };

const functionsMetafile = async (): Promise<Metafile> => {
  await writeDocuments();
  const { metafile } = await build({
    ...BUNDLING,
    absWorkingDir: ROOT,
    entryPoints: [
      ...Object.keys(FUNCTIONS).map((name) => ({ in: join("functions", name, "handler.ts"), out: name })),
      ...LATE_CHUNKS.map(({ entry, file }) => ({ in: entry, out: file })),
    ],
    bundle: true,
    metafile: true,
    write: false,
    outdir: "out",
    logLevel: "silent",
  });
  return metafile;
};

const inPage = async (): Promise<Use[]> => {
  const { metafile } = await build({ ...PAGE_BUILD, absWorkingDir: ROOT, metafile: true });
  return usesIn(metafile, () => "page");
};

const inAgent = async (): Promise<Use[]> => {
  const { entryPoints, mainFields, ...options } = AGENT_BUILD;
  const { metafile } = await build({
    ...options,
    entryPoints: { ...entryPoints },
    mainFields: [...mainFields],
    write: false,
    outdir: "out",
  });
  return usesIn(metafile, () => "agent");
};

const usesIn = ({ outputs }: Metafile, userOf: (output: string) => string): Use[] =>
  Object.entries(outputs).flatMap(([output, { inputs }]) =>
    packageFolders(inputs).map((folder) => ({
      path: folder.replace(/^.*?(?=node_modules\/)/, ""),
      user: userOf(output),
    })),
  );

const described = (path: string): Pick<BundledPackage, "name" | "version" | "license"> => {
  const { version, license } = JSON.parse(readFileSync(join(ROOT, path, "package.json"), "utf8")) as {
    version: string;
    license?: string;
  };
  return { name: nameOf(path), version, license: license ?? "none stated" };
};

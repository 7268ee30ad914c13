import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { startServedEngine } from "../../local/engine/served.ts";
import { awsEnv } from "../../local/handler-env.ts";
import { keptSigningPath, LOCAL_ISSUER } from "../../local/secrets.ts";
import { mintLicense, mintTerms } from "../../mint/mint.ts";
import { type ServerProcess, startServerProcess } from "../server-process.ts";

/** A running release, with the table that both share. */
export type Release = {
  readonly name: "earlier" | "current";
  /** The folder of its code. */
  readonly root: string;
  readonly server: ServerProcess;
  /** The bundle of one of its functions. */
  bundleOf(functionName: string): string;
  /** The environment for its functions. */
  readonly env: Record<string, string>;
};

export type World = {
  readonly earlier: Release;
  readonly current: Release;
  readonly endpoint: string;
  readonly tableName: string;
  readonly licenseKey: string;
  close(): Promise<void>;
};

export type WorldOptions = {
  earlierRoot: string;
  currentRoot: string;
  /** For data directories, which a later world may use again once this one is closed: then nothing is bundled anew. */
  folder: string;
  /** Of the license. */
  seats: number;
  /** A file with the milliseconds by which the clocks of all functions are ahead. */
  clockPath?: string;
};

const TABLE_NAME = "upgrade";

/** Two releases over one engine with an empty table. They share license, license key and signing keys, as in a deployment. */
export const createWorld = async ({
  earlierRoot,
  currentRoot,
  folder,
  seats,
  clockPath,
}: WorldOptions): Promise<World> => {
  const engine = await startServedEngine();
  const licenseKey = randomBytes(24).toString("base64url");
  const common = {
    DYNAMODB_ENDPOINT: engine.endpoint,
    TABLE_NAME,
    LICENSE_PATH: join(folder, "license.pem"),
    LICENSE_KEY: licenseKey,
    // The shortest possible, so that operators of one phase are lost in a later one.
    LEASE_SECONDS: "60",
    OPERATOR_LOST_SECONDS: "61",
    HEARTBEAT_INTERVAL_SECONDS: "5",
    ADMIN_BY_LICENSE_KEY: "true",
    LOG_LEVEL: "error",
    ...(clockPath === undefined ? {} : { CLOCK_PATH: clockPath }),
  };
  const nodeOptions = clockPath === undefined ? [] : ["--import", join(import.meta.dirname, "clock.ts")];
  writeFileSync(common.LICENSE_PATH, await license(seats));
  const releases: Release[] = [];
  const close = async () => {
    for (const { server } of releases) await server.stop();
    await engine.stop();
  };
  try {
    // The earlier release starts first and creates the table.
    for (const [name, root] of [
      ["earlier", earlierRoot],
      ["current", currentRoot],
    ] as const)
      releases.push(await startRelease({ name, root, nodeOptions }, join(folder, name), common, releases[0]));
    const [earlier, current] = releases;
    if (earlier === undefined || current === undefined) throw new Error("two releases make a world");
    return { earlier, current, endpoint: engine.endpoint, tableName: TABLE_NAME, licenseKey, close };
  } catch (error) {
    await close();
    throw error;
  }
};

const SIGNING = ["lease", "access"] as const;

const startRelease = async (
  { name, root, nodeOptions }: Pick<Release, "name" | "root"> & { nodeOptions: readonly string[] },
  dataDir: string,
  common: Record<string, string>,
  first: Release | undefined,
): Promise<Release> => {
  mkdirSync(dataDir, { mode: 0o700, recursive: true });
  const paths = SIGNING.map((purpose) => join(dataDir, `${purpose}-signing.json`));
  if (first === undefined) for (const purpose of SIGNING) keptSigningPath(dataDir, purpose);
  else
    for (const [index, path] of paths.entries())
      copyFileSync(first.env[index === 0 ? "LEASE_SIGNING_PATH" : "ACCESS_SIGNING_PATH"] ?? "", path);
  const server = await startServerProcess({ root, env: { ...common, DATA_DIR: dataDir }, nodeOptions });
  const bundles = join(dataDir, "bundles");
  const env = {
    ...common,
    TOKEN_ISSUER: LOCAL_ISSUER,
    LEASE_SIGNING_PATH: paths[0] ?? "",
    ACCESS_SIGNING_PATH: paths[1] ?? "",
    REPORT_DIR: join(dataDir, "reports"),
    REPORT_DIR_URL: server.url,
    ...definedOnly(awsEnv({ endpoint: common["DYNAMODB_ENDPOINT"] ?? "" })),
  };
  return {
    name,
    root,
    server,
    env,
    bundleOf: (functionName) => join(bundles, readdirSync(bundles)[0] ?? "", `${functionName}.cjs`),
  };
};

const definedOnly = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

const license = async (seats: number): Promise<string> => {
  const now = Date.now();
  const { pem } = await mintLicense({
    organization: "Upgrade",
    terms: mintTerms({ type: "teams", max_seats: seats, subscription_id: "upgrade" }),
    notBefore: now - DAY_MS,
    notAfter: now + 365 * DAY_MS,
    serialNumber: "01",
  });
  return pem;
};

import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS } from "../../shared/contract/time.ts";
import { type LocalServerOptions, startLocalServer } from "../local/server.ts";
import { readSettings } from "../local/settings.ts";
import { mintLicense, mintTerms, type TermsJson } from "../mint/mint.ts";
import { type Answer, createHttpClient, type HttpClient } from "./http-client.ts";

/** What came of a call, its body read as JSON. */
export type StackAnswer<T> = Answer<T>;

/** The whole local stack, called over HTTP as from outside. */
export type Stack = {
  call: HttpClient["call"];
  close(): Promise<void>;
};

/**
 * Starts the local server on a free port, on a data directory that goes with it and a license with the terms given. With
 * `bundle` its functions are bundled in another way than anew.
 */
export const startStack = async (
  terms: TermsJson,
  env: Readonly<Record<string, string>> = {},
  bundle: LocalServerOptions["bundle"] = undefined,
): Promise<Stack> => {
  const folder = await mkdtemp(join(tmpdir(), "license-server-stack-"));
  try {
    const licensePath = join(folder, "license.pem");
    await writeFile(licensePath, await mint(terms, Date.now()), { mode: 0o600 });
    const settings = { PORT: "0", DATA_DIR: join(folder, "data"), LICENSE_PATH: licensePath, LOG_LEVEL: "error" };
    const reading = readSettings({ ...settings, ...env });
    if (!reading.ok) throw new Error(reading.problems.join("; "));
    const server = await startLocalServer({ settings: reading.settings, ...(bundle && { bundle }) });
    const client = createHttpClient(server.url, server.licenseKey);
    return {
      call: client.call,
      async close() {
        client.close();
        await server.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
};

const mint = async (terms: TermsJson, now: number): Promise<string> => {
  const { pem } = await mintLicense({
    organization: "Load",
    terms: mintTerms({ subscription_id: "load", ...terms }),
    notBefore: now - DAY_MS,
    notAfter: now + 300 * DAY_MS,
    serialNumber: `01${randomBytes(15).toString("hex")}`,
  });
  return pem;
};

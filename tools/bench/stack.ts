import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS } from "../../shared/contract/time.ts";
import { startLocalServer } from "../local/server.ts";
import { readSettings } from "../local/settings.ts";
import { mintLicense, mintTerms, type TermsJson } from "../mint/mint.ts";

/** What came of a call, its body read as JSON. */
export type StackAnswer<T> = { status: number; body: T };

/** The whole local stack, called over HTTP as from outside. */
export type Stack = {
  /** Rejects where no answer comes. As many calls as are made are under way at once, each on a connection of its own. */
  call<T>(method: "GET" | "POST", path: string, body?: unknown): Promise<StackAnswer<T>>;
  close(): Promise<void>;
};

/** Starts the local server on a free port, on a data directory that goes with it and a license with the terms given. */
export const startStack = async (terms: TermsJson, env: Readonly<Record<string, string>> = {}): Promise<Stack> => {
  const folder = await mkdtemp(join(tmpdir(), "license-server-stack-"));
  try {
    const licensePath = join(folder, "license.pem");
    await writeFile(licensePath, await mint(terms, Date.now()), { mode: 0o600 });
    const settings = { PORT: "0", DATA_DIR: join(folder, "data"), LICENSE_PATH: licensePath, LOG_LEVEL: "error" };
    const reading = readSettings({ ...settings, ...env });
    if (!reading.ok) throw new Error(reading.problems.join("; "));
    const server = await startLocalServer({ settings: reading.settings });
    const agent = new Agent({ keepAlive: true });
    return {
      call: caller(server.url, server.licenseKey, agent),
      async close() {
        agent.destroy();
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

// Not `fetch`: what it spends on a call the server, in the same process, could not use.
const caller =
  (url: string, licenseKey: string, agent: Agent): Stack["call"] =>
  <T>(method: "GET" | "POST", path: string, body?: unknown) =>
    new Promise<StackAnswer<T>>((resolve, reject) => {
      const text = body === undefined ? "" : JSON.stringify(body);
      const headers = {
        "x-license-key": licenseKey,
        ...(text === "" ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
      };
      const sent = request(`${url}${path}`, { method, headers, agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          try {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as T });
          } catch (error) {
            reject(error);
          }
        });
      });
      sent.on("error", reject);
      sent.end(text);
    });

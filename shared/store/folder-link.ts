import { createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";

/** The query of a link to a report that works until `expires`, in seconds since 1970. */
export const linkQuery = (key: Buffer, name: string, expires: number): URLSearchParams =>
  new URLSearchParams({ expires: String(expires), signature: signature(key, name, expires).toString("base64url") });

/** Whether a link to a report was made here, was not changed, and has not expired. */
export const isGoodLink = (key: Buffer, name: string, query: URLSearchParams, now: EpochMs): boolean => {
  const expires = query.get("expires") ?? "";
  if (!/^[1-9]\d{0,11}$/.test(expires) || Number(expires) * SECOND_MS <= now) return false;
  const given = Buffer.from(query.get("signature") ?? "", "base64url");
  const wanted = signature(key, name, Number(expires));
  return given.length === wanted.length && timingSafeEqual(given, wanted);
};

/**
 * The key that signs the links of a report folder. It is created on first use and kept in the folder, under a name that no
 * report can have, so that a link works after its process has ended.
 */
export const linkKey = async (folder: string): Promise<Buffer> => {
  const path = join(folder, ".link-key");
  return (await read(path)) ?? made(folder, path);
};

const KEY_BYTES = 32;

const signature = (key: Buffer, name: string, expires: number): Buffer =>
  createHmac("sha256", key).update(`${expires}\n${name}`).digest();

const read = async (path: string): Promise<Buffer | undefined> => {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : Buffer.from(text, "base64url");
};

// If several processes create one, the first to link its file wins, and all use that key.
const made = async (folder: string, path: string): Promise<Buffer> => {
  const temporary = join(folder, `.${randomUUID()}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(temporary, randomBytes(KEY_BYTES).toString("base64url"), { mode: 0o600, flush: true });
  await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(temporary);
  const key = await read(path);
  if (key === undefined) throw new Error("the key of the report folder is gone");
  return key;
};

import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DOWNLOADS_DAYS, DOWNLOADS_PREFIX } from "../contract/report-names.ts";
import { DAY_MS, dayOf, SECOND_MS, startOf } from "../contract/time.ts";
import { linkKey, linkQuery } from "./folder-link.ts";
import type { ReportStore } from "./report-store.ts";
import { StoreUnavailable } from "./table.ts";

/**
 * Reports in a folder, which replaces the bucket where there is no AWS. `url` is the folder's address on the local server.
 * Without it, a link leads to the file itself.
 */
export const folderStore = (folder: string, url: string | undefined): ReportStore => ({
  put: (name, { body }) =>
    orUnavailable(async () => {
      await writeWhole(reportPath(folder, name), body);
      await dropOldDownloads(folder, name);
    }),
  link: (name, now, seconds) =>
    orUnavailable(async () => {
      const expires = Math.floor(now / SECOND_MS) + seconds;
      const path = reportPath(folder, name);
      const link = url === undefined ? pathToFileURL(path).href : `${url}/${encoded(name)}`;
      const query = url === undefined ? "" : `?${linkQuery(await linkKey(folder), name, expires)}`;
      return { url: `${link}${query}`, expiresAt: expires * SECOND_MS };
    }),
  uri: (name) => reportPath(folder, name),
});

/**
 * Whether a text is a report's name: parts of letters, digits and `._-`, none of which begins with a dot. So no name leads
 * out of the folder, or to a hidden file in it.
 */
export const isReportName = (name: string): boolean => /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*$/.test(name);

/** The path of a report. Throws a `RangeError` if the text is not a report's name. */
export const reportPath = (folder: string, name: string): string => {
  if (!isReportName(name)) throw new RangeError("not the name of a report");
  return join(resolve(folder), ...name.split("/"));
};

const encoded = (name: string): string => name.split("/").map(encodeURIComponent).join("/");

// Written under another name first: a reader sees the old or the new file, and a crash leaves no partial one.
const writeWhole = async (path: string, body: string | Uint8Array): Promise<void> => {
  const temporary = join(dirname(path), `.${randomUUID()}`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(body);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};

// The bucket has a lifecycle rule for this.
const dropOldDownloads = async (folder: string, name: string): Promise<void> => {
  const day = name.startsWith(DOWNLOADS_PREFIX) ? (name.split("/")[1] ?? "") : "";
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return;
  const oldest = dayOf(startOf(day) - DOWNLOADS_DAYS * DAY_MS);
  const days = join(folder, DOWNLOADS_PREFIX);
  for (const other of await readdir(days))
    if (other < oldest) await rm(join(days, other), { recursive: true, force: true });
};

const orUnavailable = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "failed";
    throw new StoreUnavailable(`the report folder: ${code}`, { cause: error });
  }
};

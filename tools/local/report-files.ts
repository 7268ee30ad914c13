import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { EpochMs } from "../../shared/contract/time.ts";
import { isGoodLink, linkKey } from "../../shared/store/folder-link.ts";
import { isReportName, reportPath } from "../../shared/store/folder-store.ts";
import { gatewayReply, type Reply } from "./reply.ts";

/** Where the local server serves the report folder. */
export const REPORTS_PATH = "/_reports";

/** A request from the gateway: the path is decoded and without the base path. */
export type FileRequest = { method: string; path: string; rawQuery: string };

export type ServeFile = (request: FileRequest) => Promise<Reply>;

/**
 * Serves the report folder as the bucket serves presigned links: a valid link that has not expired gets the file, anything
 * else the same 403, whether the file exists or not.
 */
export const reportFiles =
  (folder: string, now: () => EpochMs): ServeFile =>
  async ({ method, path, rawQuery }) => {
    if (method !== "GET" && method !== "HEAD") return gatewayReply(405, "Method Not Allowed");
    const name = path.slice(REPORTS_PATH.length + 1);
    if (!isReportName(name)) return forbidden();
    if (!isGoodLink(await linkKey(folder), name, new URLSearchParams(rawQuery), now())) return forbidden();
    const body = await readFile(reportPath(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "EISDIR") return undefined;
      throw error;
    });
    if (body === undefined) return gatewayReply(404, "Not Found");
    return {
      status: 200,
      headers: {
        "content-type": CONTENT_TYPES[extname(name)] ?? "application/octet-stream",
        "content-disposition": `attachment; filename="${basename(name)}"`,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
      },
      body,
    };
  };

const forbidden = (): Reply => gatewayReply(403, "Forbidden");

const CONTENT_TYPES: Record<string, string> = {
  ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  ".json": "application/json",
  ".csv": "text/csv; charset=utf-8",
};

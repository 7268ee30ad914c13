import type { EpochMs } from "../contract/time.ts";

export type ReportFile = { contentType: string; body: string | Uint8Array };

export type ReportLink = { url: string; expiresAt: EpochMs };

/**
 * Where reports are kept: a bucket, or a folder that stands in for one. Names are paths such as `downloads/a/b.csv`; the
 * last part is the name that a download is saved under. What cannot be done throws a `StoreUnavailable`.
 */
export type ReportStore = {
  /** Puts a whole file, over what was there under its name: afterwards it is there wholly or not at all. */
  put(name: string, file: ReportFile): Promise<void>;
  /** A link by which whoever has it can fetch the file until it expires; it takes no key. */
  link(name: string, now: EpochMs, seconds: number): Promise<ReportLink>;
  /** Where the file is, for those with access of their own: `s3://bucket/name`, or a path. */
  uri(name: string): string;
};

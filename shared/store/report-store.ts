import type { EpochMs } from "../contract/time.ts";

export type ReportFile = { contentType: string; body: string | Uint8Array };

export type ReportLink = { url: string; expiresAt: EpochMs };

/**
 * Where reports are kept: a bucket, or a folder that replaces one. Names are paths such as `downloads/a/b.csv`. A download
 * is saved under the last part. Every method throws `StoreUnavailable` if it fails.
 */
export type ReportStore = {
  /** Stores a file, and replaces one of the same name. Readers never see a partial file. */
  put(name: string, file: ReportFile): Promise<void>;
  /** A link to the file that works until it expires, without a credential. */
  link(name: string, now: EpochMs, seconds: number): Promise<ReportLink>;
  /** Where the file is, for people with their own access: `s3://bucket/name`, or a path. */
  uri(name: string): string;
};

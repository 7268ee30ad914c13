import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { SECOND_MS } from "../contract/time.ts";
import type { ReportStore } from "./report-store.ts";
import { StoreUnavailable } from "./table.ts";

/**
 * Reports in an S3 bucket. A link is a presigned GET. It expires at its time, or with the credentials that signed it if they
 * expire first (S3 user guide, "Download and upload objects with presigned URLs").
 */
export const bucketStore = (bucket: string, config: S3ClientConfig = {}): ReportStore => {
  let loaded: ReturnType<typeof load> | undefined;
  const s3 = () => {
    loaded ??= load(config);
    return loaded;
  };
  return {
    async put(name, { contentType, body }) {
      await orUnavailable(async () => {
        const { client, PutObjectCommand } = await s3();
        await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: name,
            Body: body,
            ContentType: contentType,
            ContentDisposition: `attachment; filename="${name.slice(name.lastIndexOf("/") + 1)}"`,
          }),
        );
      });
    },
    link: (name, now, seconds) =>
      orUnavailable(async () => {
        const { client, GetObjectCommand, getSignedUrl } = await s3();
        const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: name }), {
          expiresIn: seconds,
          signingDate: new Date(now),
        });
        // A signature has whole seconds.
        return { url, expiresAt: Math.floor(now / SECOND_MS) * SECOND_MS + seconds * SECOND_MS };
      }),
    uri: (name) => `s3://${bucket}/${name}`,
  };
};

// Loaded on first use: most answers are small, and do not need it at a cold start.
const load = async (config: S3ClientConfig) => {
  const { S3Client, PutObjectCommand, GetObjectCommand } = await import("@aws-sdk/client-s3");
  const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
  const client = new S3Client({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 8_000, throwOnRequestTimeout: true },
    ...config,
  });
  return { client, PutObjectCommand, GetObjectCommand, getSignedUrl };
};

const orUnavailable = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw new StoreUnavailable(`S3: ${error instanceof Error ? error.name : "failed"}`, { cause: error });
  }
};

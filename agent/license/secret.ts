import type { EpochMs } from "../../shared/contract/time.ts";
import { describeKube, isDone, type Kube } from "../kube/kube.ts";
import type { Log } from "../log.ts";
import type { Troubles } from "../troubles.ts";
import { decideLicense } from "./decide.ts";

/** The label of a Secret that the agent may write. */
export const LICENSE_LABEL = "mirrord-license-agent/license";
const KEY = "license.pem";

export type LicenseSecretOptions = {
  kube: Kube;
  namespace: string;
  name: string;
  /** The time of the license server, as far as the agent knows it. */
  now: () => EpochMs;
  log: Log;
  troubles: Troubles;
  /** The Secret was written. */
  onWritten: () => void;
};

/** The Secret from which the operator reads its license. The agent never empties or deletes it. */
export type LicenseSecret = {
  /** Writes the license if it is better than what is there. Returns whether the Secret needs nothing more. */
  keep(pem: string): Promise<boolean>;
};

type SecretObject = {
  metadata?: { resourceVersion?: string; labels?: Record<string, string> };
  data?: Record<string, string>;
};

export const createLicenseSecret = (options: LicenseSecretOptions): LicenseSecret => {
  const { kube, namespace, name, now, log, troubles, onWritten } = options;
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const fail = (reason: string): false => {
    troubles.begin("license", `The Secret ${namespace}/${name} does not receive the license. ${reason}`);
    return false;
  };
  return {
    keep: async (pem) => {
      const got = await kube.call({ path });
      if (!isDone(got)) return fail(`It cannot be read: ${describeKube(got)}.`);
      const { metadata, data } = got.body as SecretObject;
      if (metadata?.labels?.[LICENSE_LABEL] !== "true") return fail(`It lacks the label ${LICENSE_LABEL}: "true".`);
      const stored = data?.[KEY];
      const current =
        stored === undefined || stored === "" ? undefined : Buffer.from(stored, "base64").toString("utf8");
      const decision = decideLicense(current, pem, now());
      if (decision.kind === "refuse") return fail(decision.reason);
      if (decision.kind === "write") {
        const written = await kube.call({
          method: "PATCH",
          path,
          contentType: "application/merge-patch+json",
          // With the version that was judged: a license that somebody writes meanwhile is judged first.
          body: {
            metadata: { resourceVersion: metadata.resourceVersion },
            data: { [KEY]: Buffer.from(pem).toString("base64") },
          },
        });
        if (!isDone(written)) return fail(`It cannot be written: ${describeKube(written)}.`);
        log.info("Wrote the license to its Secret", { secret: `${namespace}/${name}` });
        onWritten();
      }
      troubles.over("license");
      return true;
    },
  };
};

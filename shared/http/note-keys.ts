import { type KeyName, type KeysSeen, keysSeen } from "../licensing/key-seen.ts";
import type { Call } from "./handler.ts";
import type { Runtime } from "./runtime.ts";

/** Notes which of these keys the server uses. The note is only a record: if it cannot be written, the call succeeds. */
export const keyNoter = (runtime: Runtime, names: readonly KeyName[]): ((call: Call) => Promise<void>) => {
  let seen: KeysSeen | undefined;
  const inUse: Record<KeyName, () => Promise<string | undefined>> = {
    license: () => runtime.licenseKeys.version(),
    lease: async () => (await runtime.leaseKeys()).signer.kid,
    access: async () => (await runtime.accessKeys()).signer.kid,
  };
  return async ({ now, log }) => {
    try {
      const versions = await Promise.all(names.map(async (name) => [name, await inUse[name]()] as const));
      const { table, newId, env } = runtime;
      seen ??= keysSeen({ table, newId, retentionDays: env.RETENTION_SESSIONS_DAYS, log: runtime.log });
      await seen(Object.fromEntries(versions), now);
    } catch (error) {
      log.warn("keys not noted", { error });
    }
  };
};

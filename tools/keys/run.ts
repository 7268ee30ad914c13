import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { EpochMs } from "../../shared/contract/time.ts";
import type { KeysCommand } from "./command-line.ts";
import { finishLicenseKey, rotateLicenseKey } from "./license-key.ts";
import type { Outcome } from "./outcome.ts";
import { rotateSigning } from "./signing.ts";

/** Runs a command. The client is made only if the secret is in Secrets Manager. */
export const runKeysCommand = (
  command: KeysCommand,
  client: () => SecretsManagerClient,
  now: EpochMs,
): Promise<Outcome> => {
  switch (command.do) {
    case "rotate-signing":
      return rotateSigning(command, client, now);
    case "rotate-license-key":
      return rotateLicenseKey(command, client(), now);
    case "finish-license-key":
      return finishLicenseKey(command, client());
  }
};

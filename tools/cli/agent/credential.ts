import { describeKube } from "../../../agent/kube/kube.ts";
import { DAY_MS, type EpochMs, SECOND_MS } from "../../../shared/contract/time.ts";
import { createApi } from "../api.ts";
import type { Check } from "../doctor/check.ts";
import { claimsOf } from "../doctor/credential.ts";
import { CliError, EXIT } from "../exit.ts";
import { sender } from "../request.ts";
import type { System } from "../system.ts";
import { count } from "../text.ts";
import { bodyOf, type Cluster, exitOfKube, instanceIdOf, textAt } from "./cluster.ts";
import type { Installed } from "./installed.ts";

const WARN_MS = 30 * DAY_MS;
const RENEW = "Create another with `license-server agent token`, and put it into the Secret.";

/** What the checks found, and the server's clock less this machine's, if it answered, in milliseconds. */
export type CredentialResult = { checks: Check[]; serverAheadMs: number | undefined };

/** Reads the agent's credential from its Secret and tries it at the server that the agent is set to. It changes nothing there. */
export const credentialChecks = async (
  { kube }: Cluster,
  agent: Installed,
  clusterId: string,
  system: System,
): Promise<CredentialResult> => {
  const { credential, env, namespace } = agent;
  const only = (check: Omit<Check, "name">): CredentialResult => ({
    checks: [{ name: "credential", ...check }],
    serverAheadMs: undefined,
  });
  if (credential === undefined)
    return only({
      result: "warn",
      found: "the Deployment mounts no Secret with a token or a key",
      advice: "Apply the chart or the manifest of this version again.",
    });
  const { secret, entry, kind } = credential;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(secret)}`;
  const outcome = await kube.call({ path });
  if (outcome.kind === "answer" && outcome.status === 404)
    return only({
      result: "fail",
      found: `no Secret ${secret} in namespace ${namespace}`,
      advice: `Create it: kubectl create secret generic ${secret} --namespace ${namespace} --from-file=${entry}`,
      exit: EXIT.notFound,
    });
  const read = bodyOf(outcome);
  if (read === undefined)
    return only({
      result: "warn",
      found: `the Secret ${secret} was not read: ${describeKube(outcome)}`,
      advice: "Run this as a user who may read it.",
      ...(outcome.kind === "lost" ? { exit: exitOfKube(outcome) } : {}),
    });
  const text = Buffer.from(textAt(read, "data", entry) ?? "", "base64")
    .toString("utf8")
    .trim();
  if (!/^[\x21-\x7e]+$/.test(text))
    return only({
      result: "fail",
      found: `the entry ${entry} of the Secret ${secret} is missing, or is not a ${kind}`,
      advice: RENEW,
    });
  const tokenFault = kind === "token" ? tokenCheck(text, clusterId, system.now()) : undefined;
  if (tokenFault?.result === "fail") return { checks: [tokenFault], serverAheadMs: undefined };
  const tried = await tryAt(env.get("LICENSE_SERVER_URL") ?? "", kind, text, system);
  return { ...tried, checks: [...tried.checks, ...(tokenFault === undefined ? [] : [tokenFault])] };
};

/** What is wrong with a token by its own claims: nothing, if undefined. The server verifies it. */
export const tokenCheck = (token: string, clusterId: string, now: EpochMs): Check | undefined => {
  const claims = claimsOf(token);
  const fail = (found: string): Check => ({ name: "token", result: "fail", found, advice: RENEW, exit: EXIT.denied });
  const exp = claims?.["exp"];
  if (typeof exp !== "number") return fail("not an access token");
  const instanceId = claims?.["instance_id"];
  if (instanceId !== instanceIdOf(clusterId))
    return fail(
      `for ${typeof instanceId === "string" ? instanceId : "no cluster"}, not for ${instanceIdOf(clusterId)}`,
    );
  const leftMs = exp * SECOND_MS - now;
  if (leftMs <= 0) return fail("has expired");
  return leftMs < WARN_MS
    ? { name: "token", result: "warn", found: `ends in ${count(Math.floor(leftMs / DAY_MS), "day")}`, advice: RENEW }
    : undefined;
};

const tryAt = async (url: string, kind: "token" | "key", secret: string, system: System): Promise<CredentialResult> => {
  if (!URL.canParse(url))
    return {
      checks: [{ name: "server", result: "fail", found: "LICENSE_SERVER_URL of the Deployment is not a URL" }],
      serverAheadMs: undefined,
    };
  const header = kind === "key" ? { "x-license-key": secret } : { authorization: `Bearer ${secret}` };
  const from = system.now();
  const reached = (result: Check["result"], found: string, more: Partial<Check> = {}): Check[] => [
    { name: "server", result: "ok", found: `${url} answers` },
    { name: "credential", result, found, ...more },
  ];
  try {
    const { server_time } = await createApi(sender(url, async () => header, system)).license();
    return { checks: reached("ok", "accepted"), serverAheadMs: Date.parse(server_time) - (from + system.now()) / 2 };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const [found = "", ...more] = error.lines.map((line) => line.trim());
    if (error.exit === EXIT.denied)
      return {
        checks: reached("fail", found, { advice: RENEW, exit: error.exit }),
        serverAheadMs: undefined,
      };
    // The server looked at the credential before it said this.
    if (/ License\w+\)$/.test(found)) {
      const advice = "Put a license: license-server license put FILE.";
      return {
        checks: [...reached("ok", "accepted"), { name: "server", result: "warn", found, advice }],
        serverAheadMs: undefined,
      };
    }
    const advice = [...more, "The agent may still reach it: this machine's network is not the cluster's."].join(" ");
    return { checks: [{ name: "server", result: "fail", found, advice, exit: error.exit }], serverAheadMs: undefined };
  }
};

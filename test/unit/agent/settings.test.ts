import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAuthority } from "../../../agent/kube/authority.ts";
import { readSettings, type Settings } from "../../../agent/settings.ts";

let folder: string;
const path = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "agent-settings-"));
  writeFileSync(path("token"), "a-token\n");
  writeFileSync(path("two-lines"), "one\ntwo\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

const POD = {
  KUBERNETES_SERVICE_HOST: "10.0.0.1",
  LICENSE_SERVER_URL: "https://license.example.com/",
  LICENSE_KEY: "key",
};
const faultsOf = (env: NodeJS.ProcessEnv, write = false): string[] => {
  const reading = readSettings(env, { write });
  return reading.kind === "faulty" ? reading.faults : [];
};
const settingsOf = (env: NodeJS.ProcessEnv, write = false): Settings => {
  const reading = readSettings(env, { write });
  if (reading.kind === "faulty") throw new Error(reading.faults.join("\n"));
  return reading.settings;
};

describe("the settings of the agent", () => {
  it("have defaults for all but the server and a credential", () => {
    expect(settingsOf(POD)).toMatchObject({
      ...{ serverUrl: "https://license.example.com", credential: { licenseKey: "key" }, clusterName: undefined },
      ...{ clusterId: undefined, operatorNamespace: "mirrord", operatorDeployment: "mirrord-operator" },
      ...{ address: "0.0.0.0", port: 8081, logLevel: "info", licenseSecretName: undefined, proxy: undefined },
      ...{ enforceSeats: false, killPreviews: false, applyCatalog: false, restartOperator: false, inPod: true },
    });
    expect(faultsOf({})).toEqual([
      "LICENSE_SERVER_URL is not set. Set it to the URL of the license server.",
      "No credential is set. Set AGENT_TOKEN_FILE, LICENSE_KEY_FILE or LICENSE_KEY.",
    ]);
  });

  it("report every fault at once, each in one line that shows no secret", () => {
    const faults = faultsOf({
      LICENSE_SERVER_URL: "https://ana:secret@license.example.com",
      AGENT_TOKEN_FILE: path("missing"),
      LICENSE_KEY: "secret with spaces",
      LICENSE_KEY_FILE: path("two-lines"),
      CLUSTER_NAME: "east\nwest",
      CLUSTER_ID: "a b",
      OPERATOR_NAMESPACE: "Mirrord",
      OPERATOR_DEPLOYMENT: "-operator",
      ADDRESS: "everywhere",
      PORT: "70000",
      LOG_LEVEL: "loud",
      LICENSE_SECRET_NAME: "License",
      ENFORCE_SEATS: "yes",
      HTTPS_PROXY: "proxy",
      NODE_EXTRA_CA_CERTS: path("no-ca"),
    });
    expect(faults.map((fault) => fault.split(/[ :]/)[0])).toEqual([
      ...["LICENSE_SERVER_URL", "LICENSE_KEY", "LICENSE_KEY", "AGENT_TOKEN_FILE", "LICENSE_KEY_FILE"],
      ...[
        "CLUSTER_NAME",
        "CLUSTER_ID",
        "OPERATOR_NAMESPACE",
        "OPERATOR_DEPLOYMENT",
        "LOG_LEVEL",
        "LICENSE_SECRET_NAME",
      ],
      ...["ENFORCE_SEATS", "HTTPS_PROXY", "ADDRESS", "PORT", "NODE_EXTRA_CA_CERTS"],
    ]);
    expect(faults.join("")).not.toMatch(/secret|\n/);
  });

  it("need --write outside a pod for what changes the cluster", () => {
    const { KUBERNETES_SERVICE_HOST: _, ...laptop } = POD;
    const env = {
      ENFORCE_SEATS: "true",
      KILL_PREVIEWS: "true",
      APPLY_CATALOG: "true",
      AGENT_TOKEN_FILE: path("token"),
      RESTART_OPERATOR: "true",
      LICENSE_SECRET_NAME: "license",
    };
    expect(faultsOf({ ...laptop, ...env }).map((fault) => fault.split(" ")[0])).toEqual([
      ...["LICENSE_SECRET_NAME", "ENFORCE_SEATS", "KILL_PREVIEWS", "APPLY_CATALOG", "RESTART_OPERATOR"],
    ]);
    expect(settingsOf({ ...laptop, ...env }, true)).toMatchObject({ enforceSeats: true, inPod: false });
    expect(settingsOf({ ...POD, ...env })).toMatchObject({ restartOperator: true, licenseSecretName: "license" });
    expect(faultsOf({ ...laptop, ...env, KUBECONFIG: "/k", KUBERNETES_SERVICE_HOST: "10.0.0.1" })).toHaveLength(5);
  });

  it("need a token for the catalog, which the license key does not open", () => {
    expect(faultsOf({ ...POD, APPLY_CATALOG: "true" })).toEqual([
      "APPLY_CATALOG needs AGENT_TOKEN_FILE: the license key does not open the catalog.",
    ]);
  });

  it("count an empty variable as unset, and read a proxy in either spelling", () => {
    expect(settingsOf({ ...POD, PORT: "", ENFORCE_SEATS: "", AGENT_TOKEN_FILE: path("token") })).toMatchObject({
      port: 8081,
      credential: { tokenFile: path("token") },
    });
    const proxy = { HTTPS_PROXY: "http://upper:1", https_proxy: "http://lower:2", NO_PROXY: "a,b" };
    expect(settingsOf({ ...POD, ...proxy }).proxy).toEqual({ url: "http://lower:2", except: "a,b" });
  });
});

describe("the way to the API server", () => {
  const kubeconfig = (server: string, context = "here"): string =>
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
      "current-context": context,
    });
  const read = async (content: string) => {
    writeFileSync(path("kubeconfig"), content);
    return readAuthority({ KUBECONFIG: path("kubeconfig") }, Date.now);
  };

  it("is the current context of the kubeconfig, with its token", async () => {
    const reading = await read(kubeconfig("https://127.0.0.1:6443"));
    if (reading.kind === "faulty") throw new Error(reading.faults.join());
    expect(reading.authority.server).toBe("https://127.0.0.1:6443");
    const options = { headers: {} };
    await reading.authority.apply(options);
    expect(options.headers).toMatchObject({ Authorization: "Bearer t" });
  });

  it.each([
    ["no file", undefined, /ENOENT.*Set it to a valid kubeconfig file\.$/],
    ["no YAML", "{", /not usable/],
    ["no configuration", "hello", /not usable|no current context/],
    ["no such context", kubeconfig("https://127.0.0.1:6443", "there"), /current context "there" names no cluster/],
    ["no URL", kubeconfig("127.0.0.1"), /the server "127\.0\.0\.1" is not a URL/],
  ])("is one clear line where it is wrong: %s", async (_, content, expected) => {
    const reading =
      content === undefined ? await readAuthority({ KUBECONFIG: path("none") }, Date.now) : await read(content);
    expect(reading).toEqual({ kind: "faulty", faults: [expect.stringMatching(expected)] });
    expect(JSON.stringify(reading)).not.toContain("\\n");
  });

  it("is the service account in a pod, whose token is read again", async () => {
    writeFileSync(path("ca.crt"), "");
    writeFileSync(path("token"), "first\n");
    let now = 0;
    const pod = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    const reading = await readAuthority(pod, () => now, folder);
    if (reading.kind === "faulty") throw new Error(reading.faults.join());
    expect(reading.authority.server).toBe("https://[fd00::1]:443");
    writeFileSync(path("token"), "second\n");
    const tokenAt = async (time: number) => {
      now = time;
      const options: { headers?: Record<string, string> } = {};
      await reading.authority.apply(options);
      return options.headers?.["authorization"];
    };
    expect(await tokenAt(59_000)).toBe("Bearer first");
    expect(await tokenAt(61_000)).toBe("Bearer second");
    expect(await readAuthority(pod, () => now, path("nowhere"))).toMatchObject({ kind: "faulty" });
  });
});

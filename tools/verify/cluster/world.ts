import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { manifestOf } from "../../agent/manifest.ts";
import { AGENT_NAME, type SomeValues, type Values, valuesOf } from "../../agent/values.ts";
import { AGENT_NODE_OPTIONS, writeAgentBundle } from "../../agent-image/bundle.ts";
import { type ControlPlane, startControlPlane } from "../../cluster/control-plane.ts";
import { chooseFreePort, createDaemon, type Daemon } from "../../cluster/daemon.ts";
import { askLocally } from "../../local/access-tokens.ts";
import { mintLicense, mintTerms, type TermsJson } from "../../mint/mint.ts";
import { applyAll } from "./apply.ts";

/** An agent in its cluster, as a process with the chart's service account. */
export type Agent = {
  readonly daemon: Daemon;
  /** URL of its probes and metrics. */
  readonly url: string;
  readonly values: Values;
  readonly cluster: ControlPlane;
};

export type World = {
  readonly clusters: readonly ControlPlane[];
  readonly agents: readonly Agent[];
  readonly server: Daemon;
  /** Calls the license server with the license key. Throws if the answer is not of the 200s. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Calls it with an access token that reads and changes the catalog. */
  policies(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Runs the command line with that token. Throws if it fails. */
  cli(args: readonly string[], input: string): Promise<void>;
  stop(): Promise<void>;
};

export type WorldOptions = {
  programs: string;
  folder: string;
  /** One name for each cluster. */
  clusters: readonly string[];
  terms: TermsJson;
  beatSeconds: number;
  /** The agent runs as in a pod: with the files of its service account, and without a kubeconfig. */
  inPod?: boolean;
  /** Values of the chart beyond those that name things. */
  values?: SomeValues;
};

const execute = promisify(execFile);
const ROOT = join(import.meta.dirname, "../../..");
/** The namespace of the agent, which is not the operator's. */
export const AGENT_NAMESPACE = "agents";
const OPERATOR_NAMESPACE = "mirrord";
const TOKEN_SECONDS = 24 * 3_600;
const RESTART_MS = 2_000;
const CALL_TIMEOUT_MS = 30_000;

/** Starts the clusters, the license server and an agent for each cluster. */
export const startWorld = async (options: WorldOptions, onStart: (line: string) => void): Promise<World> => {
  const { folder, programs } = options;
  await mkdir(folder, { recursive: true });
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const each of started.reverse()) await each.stop();
  };
  try {
    const licenseKey = randomBytes(24).toString("base64url");
    const { server, url } = await startServer(options, licenseKey);
    started.push({ stop: () => server.stop("SIGTERM") });
    onStart(`license server at ${url}`);
    const clusters: ControlPlane[] = [];
    const agents: Agent[] = [];
    for (const name of options.clusters) {
      const cluster = await startControlPlane({ name, programs, folder: join(folder, name) });
      started.push(cluster);
      clusters.push(cluster);
      onStart(`cluster ${name} at ${cluster.url}`);
      agents.push(await prepareAgent(options, cluster, { serverUrl: url, licenseKey }));
    }
    for (const { daemon } of agents) started.push({ stop: () => daemon.stop("SIGTERM") });
    const token = await issueToken(folder, { subject: "verify", scopes: ["policies:read", "policies:write"] });
    const caller =
      (credential: Record<string, string>): World["ask"] =>
      (method, path, body) =>
        askServer(`${url}${path}`, credential, method, body);
    const ask = caller({ "x-license-key": licenseKey });
    const policies = caller({ authorization: `Bearer ${token}` });
    const env = { ...process.env, LICENSE_SERVER_URL: url, LICENSE_SERVER_TOKEN: token, XDG_CONFIG_HOME: folder };
    return { clusters, agents, server, ask, policies, cli: (args, input) => runCli(args, input, env), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const startServer = async (options: WorldOptions, licenseKey: string): Promise<{ server: Daemon; url: string }> => {
  const folder = join(options.folder, "server");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const licensePath = join(folder, "license.pem");
  const now = Date.now();
  const { pem } = await mintLicense({
    organization: "Cluster check",
    terms: mintTerms(options.terms),
    notBefore: now - DAY_MS,
    notAfter: now + 365 * DAY_MS,
    serialNumber: "01",
  });
  await writeFile(licensePath, pem);
  const port = await chooseFreePort();
  const url = `http://127.0.0.1:${port}`;
  const server = createDaemon({
    name: "the license server",
    command: process.execPath,
    args: [join(ROOT, "tools/local/main.ts")],
    env: {
      ...process.env,
      PORT: String(port),
      ADDRESS: "127.0.0.1",
      DATA_DIR: dataDir(options.folder),
      LICENSE_PATH: licensePath,
      LICENSE_KEY: licenseKey,
      HEARTBEAT_INTERVAL_SECONDS: String(options.beatSeconds),
      ADMIN_BY_LICENSE_KEY: "true",
      LOG_LEVEL: "warn",
    },
    logPath: join(folder, "server.log"),
    ready: async () => (await fetch(`${url}/health`)).ok,
  });
  await server.start();
  return { server, url };
};

const dataDir = (folder: string): string => join(folder, "server", "data");

type Access = { serverUrl: string; licenseKey: string };

/** Applies the agent's objects and writes its credentials. It is not started. */
const prepareAgent = async (options: WorldOptions, cluster: ControlPlane, access: Access): Promise<Agent> => {
  const read = valuesOf(options.values ?? {}, {
    clusterName: cluster.name,
    server: { url: access.serverUrl },
    image: { repository: "registry.example/agent" },
    operator: { namespace: OPERATOR_NAMESPACE },
  });
  if (!read.ok) throw new Error(`the chart refuses the values: ${read.faults.join(", ")}`);
  for (const name of [AGENT_NAMESPACE, OPERATOR_NAMESPACE]) {
    await cluster.admin.expect("POST", "/api/v1/namespaces", { metadata: { name } });
  }
  await applyAll(cluster.admin, manifestOf(read.values, AGENT_NAMESPACE));
  const issued = (await cluster.admin.expect(
    "POST",
    `/api/v1/namespaces/${AGENT_NAMESPACE}/serviceaccounts/${AGENT_NAME}/token`,
    { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: TOKEN_SECONDS } },
  )) as { status: { token: string } };
  const folder = join(options.folder, `agent-${cluster.name}`);
  await mkdir(folder, { recursive: true });
  const tokenFile = join(folder, "agent-token");
  await writeFile(tokenFile, await agentToken(options.folder, cluster), { mode: 0o600 });
  const port = await chooseFreePort();
  const url = `http://127.0.0.1:${port}`;
  const { values } = read;
  const daemon = createDaemon({
    name: `the agent of ${cluster.name}`,
    command: process.execPath,
    args: options.inPod ? await podArgs(folder) : [join(ROOT, "agent/main.ts"), "--write"],
    env: {
      PATH: process.env["PATH"] ?? "",
      ...(await kubeEnv(options, cluster, folder, issued.status.token)),
      LICENSE_SERVER_URL: access.serverUrl,
      AGENT_TOKEN_FILE: tokenFile,
      CLUSTER_NAME: cluster.name,
      OPERATOR_NAMESPACE,
      ADDRESS: "127.0.0.1",
      PORT: String(port),
      // As in a pod whose container restarts: its folder stays.
      DATA_DIR: join(folder, "data"),
      POD_NAME: `agent-of-${cluster.name}`,
      ENFORCE_SEATS: String(values.enforceSeats),
      KILL_PREVIEWS: String(values.killPreviews),
      APPLY_CATALOG: String(values.applyCatalog),
      LICENSE_SECRET_NAME: values.license.secretName,
    },
    logPath: join(folder, "agent.log"),
    // Outside a pod, an agent ends if another process holds the Lease, also its own predecessor that was killed.
    restartMs: RESTART_MS,
    ready: async () => (await fetch(`${url}/healthz`)).ok,
  });
  return { daemon, url, values, cluster };
};

/** The agent as its image runs it: bundled, with the image's options. */
const podArgs = async (folder: string): Promise<string[]> => {
  const { file } = await writeAgentBundle(join(folder, "bundle"), "tools/bench/agent/in-pod.ts");
  return [...AGENT_NODE_OPTIONS, file, folder];
};

/** How the agent reaches its cluster. */
const kubeEnv = async (
  { inPod = false }: WorldOptions,
  cluster: ControlPlane,
  folder: string,
  token: string,
): Promise<Record<string, string>> => {
  if (!inPod) return { KUBECONFIG: await cluster.writeKubeconfig("agent", token) };
  // The files that Kubernetes mounts into a pod.
  await writeFile(join(folder, "token"), token, { mode: 0o600 });
  await writeFile(join(folder, "ca.crt"), cluster.authority);
  const { hostname, port } = new URL(cluster.url);
  return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
};

// As `license-server agent token` makes it: for this cluster's agent and nothing else.
const agentToken = async (folder: string, cluster: ControlPlane): Promise<string> => {
  const namespace = (await cluster.admin.expect("GET", "/api/v1/namespaces/default")) as { metadata: { uid: string } };
  return issueToken(folder, {
    subject: `agent of ${cluster.name}`,
    scopes: ["agent"],
    instance_id: `cluster-${namespace.metadata.uid}`,
  });
};

const issueToken = async (
  folder: string,
  request: { subject: string; scopes: string[]; instance_id?: string },
): Promise<string> => {
  const answer = await askLocally(dataDir(folder), { ...request, expires_in_secs: TOKEN_SECONDS });
  if (!answer.ok || !("token" in answer)) throw new Error(`no token for ${request.subject}: ${JSON.stringify(answer)}`);
  return answer.token;
};

const runCli = async (args: readonly string[], input: string, env: NodeJS.ProcessEnv): Promise<void> => {
  const options = { env, timeout: CALL_TIMEOUT_MS };
  const running = execute(process.execPath, [join(ROOT, "tools/cli/main.ts"), ...args], options);
  running.child.stdin?.end(input);
  await running;
};

const askServer = async (
  url: string,
  credential: Record<string, string>,
  method: string,
  body?: unknown,
): Promise<unknown> => {
  const answer = await fetch(url, {
    method,
    headers: { ...credential, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
};

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { type ApiClient, createApiClient } from "./api-client.ts";
import { type CertificateAuthority, createAuthority, type KeyPair, makeTokenKeys } from "./certificates.ts";
import { chooseFreePort, createDaemon, type Daemon } from "./daemon.ts";

/** A Kubernetes API server over its own etcd, with RBAC and an audit log. */
export type ControlPlane = {
  readonly name: string;
  readonly url: string;
  /** Calls as a member of system:masters, which may do everything. */
  readonly admin: ApiClient;
  /** A kubeconfig file of the administrator. */
  readonly adminKubeconfig: string;
  /** Starts, ends and kills the API server; etcd keeps running. */
  readonly apiServer: Daemon;
  /** One JSON event a line, for every call of a service account. */
  readonly auditLog: string;
  /** The certificate of its authority, in PEM. */
  readonly authority: string;
  /** Writes a kubeconfig file with a token, and returns its path. */
  writeKubeconfig(name: string, token: string): Promise<string>;
  /** Deletes etcd's old revisions: a watch or a list that continues from one of them is answered with 410. */
  compact(): Promise<void>;
  stop(): Promise<void>;
};

export type ControlPlaneOptions = {
  name: string;
  /** The folder of kube-apiserver and etcd, from .ci/cluster-tools.sh. */
  programs: string;
  /** An empty folder for everything that the control plane writes. */
  folder: string;
};

const TOKEN_ISSUER = "https://kubernetes.default.svc";
// Metadata of the calls that service accounts make: enough to compare them with their rights. Others write megabytes.
const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata", userGroups: ["system:serviceaccounts"] }, { level: "None" }],
};

/** Starts a control plane. It is ready when this returns, within about four seconds. */
export const startControlPlane = async (options: ControlPlaneOptions): Promise<ControlPlane> => {
  const { name, programs, folder } = options;
  await mkdir(folder, { recursive: true });
  const path = (file: string): string => join(folder, file);
  const [etcdPort, peerPort, port] = [await chooseFreePort(), await chooseFreePort(), await chooseFreePort()];
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const url = `https://127.0.0.1:${port}`;
  const authority = await createAuthority(`${name} authority`);
  const adminKeys = await authority.client("admin", "system:masters");
  await writeFiles(path, authority, adminKeys);

  const etcd = createDaemon({
    name: `etcd of ${name}`,
    command: join(programs, "etcd"),
    args: [
      `--data-dir=${path("etcd")}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    ],
    logPath: path("etcd.log"),
    ready: async () => (await fetch(`${etcdUrl}/health`)).ok,
  });
  const admin = kubeconfigOf(url, authority.pem, { cert: adminKeys });
  const client = await createApiClient(admin);
  const apiServer = createDaemon({
    name: `kube-apiserver of ${name}`,
    command: join(programs, "kube-apiserver"),
    args: apiServerArguments(path, etcdUrl, port),
    logPath: path("kube-apiserver.log"),
    ready: async () => (await client.call("GET", "/readyz", undefined, { timeoutMs: 2_000 })).status === 200,
  });
  const stop = async (): Promise<void> => {
    client.close();
    await apiServer.stop("SIGKILL");
    await etcd.stop("SIGKILL");
  };
  try {
    await etcd.start();
    await apiServer.start();
  } catch (error) {
    await stop();
    throw error;
  }
  await writeFile(path("admin.kubeconfig"), admin.exportConfig(), { mode: 0o600 });
  return {
    name,
    url,
    admin: client,
    adminKubeconfig: path("admin.kubeconfig"),
    apiServer,
    auditLog: path("audit.log"),
    authority: authority.pem,
    writeKubeconfig: async (user, token) => {
      const file = path(`${user}.kubeconfig`);
      await writeFile(file, kubeconfigOf(url, authority.pem, { token }).exportConfig(), { mode: 0o600 });
      return file;
    },
    compact: () => compactEtcd(etcdUrl),
    stop,
  };
};

const writeFiles = async (
  path: (file: string) => string,
  authority: CertificateAuthority,
  admin: KeyPair,
): Promise<void> => {
  const [serving, frontProxy, tokens] = [
    await authority.serving(),
    await authority.client("front-proxy"),
    makeTokenKeys(),
  ];
  const files: Record<string, string> = {
    "ca.crt": authority.pem,
    "admin.crt": admin.cert,
    "admin.key": admin.key,
    "serving.crt": serving.cert,
    "serving.key": serving.key,
    "front-proxy.crt": frontProxy.cert,
    "front-proxy.key": frontProxy.key,
    "tokens.pub": tokens.publicKey,
    "tokens.key": tokens.privateKey,
    "audit-policy.json": JSON.stringify(AUDIT_POLICY),
  };
  for (const [file, text] of Object.entries(files)) await writeFile(path(file), text, { mode: 0o600 });
};

const apiServerArguments = (path: (file: string) => string, etcdUrl: string, port: number): string[] => [
  `--etcd-servers=${etcdUrl}`,
  `--secure-port=${port}`,
  "--bind-address=127.0.0.1",
  "--advertise-address=127.0.0.1",
  `--cert-dir=${path("certificates")}`,
  `--tls-cert-file=${path("serving.crt")}`,
  `--tls-private-key-file=${path("serving.key")}`,
  `--client-ca-file=${path("ca.crt")}`,
  `--service-account-key-file=${path("tokens.pub")}`,
  `--service-account-signing-key-file=${path("tokens.key")}`,
  `--service-account-issuer=${TOKEN_ISSUER}`,
  "--service-cluster-ip-range=10.0.0.0/24",
  "--authorization-mode=RBAC",
  // A pod's token and volume are never made here.
  "--disable-admission-plugins=ServiceAccount",
  `--requestheader-client-ca-file=${path("ca.crt")}`,
  "--requestheader-allowed-names=front-proxy",
  "--requestheader-username-headers=X-Remote-User",
  "--requestheader-group-headers=X-Remote-Group",
  "--requestheader-extra-headers-prefix=X-Remote-Extra-",
  `--proxy-client-cert-file=${path("front-proxy.crt")}`,
  `--proxy-client-key-file=${path("front-proxy.key")}`,
  `--audit-policy-file=${path("audit-policy.json")}`,
  `--audit-log-path=${path("audit.log")}`,
  "--profiling=false",
];

const kubeconfigOf = (
  server: string,
  authorityPem: string,
  credential: { token: string } | { cert: KeyPair },
): KubeConfig => {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "cluster", server, caData: base64(authorityPem), skipTLSVerify: false },
    "token" in credential
      ? { name: "user", token: credential.token }
      : { name: "user", certData: base64(credential.cert.cert), keyData: base64(credential.cert.key) },
  );
  return config;
};

// Through etcd's JSON gateway, so that no client of its own protocol is needed.
const compactEtcd = async (etcdUrl: string): Promise<void> => {
  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${etcdUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const found = (await post("/v3/kv/range", { key: Buffer.from("/").toString("base64"), limit: 1 })) as {
    header: { revision: string };
  };
  await post("/v3/kv/compaction", { revision: found.header.revision, physical: true });
};

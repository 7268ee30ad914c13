import { Document, type Scalar, visit } from "yaml";
import { APP_VERSION } from "./chart.ts";
import { type Right, rightsOf } from "./rights.ts";
import { AGENT_NAME, LICENSE_LABEL, type Values } from "./values.ts";

/** An object of the Kubernetes API. */
export type KubernetesObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels: Readonly<Record<string, string>> };
  [field: string]: unknown;
};

const MANAGER = "license-server";
const CREDENTIALS = "/etc/mirrord-license-agent/credentials";
const CA = "/etc/mirrord-license-agent/ca";
const OUTBOX = "/var/lib/mirrord-license-agent";
const PORT = 8081;

const SELECTOR = { "app.kubernetes.io/name": AGENT_NAME };
const LABELS = {
  ...SELECTOR,
  "app.kubernetes.io/part-of": "mirrord-license-server",
  "app.kubernetes.io/version": APP_VERSION,
  "app.kubernetes.io/managed-by": MANAGER,
};

/** The objects that run the agent in a namespace, the same as the chart's, in an order in which they can be applied. */
export const manifestOf = (values: Values, namespace: string): KubernetesObject[] => [
  {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: {
      name: AGENT_NAME,
      namespace,
      labels: LABELS,
      ...unless(isEmpty(values.serviceAccount.annotations), { annotations: values.serviceAccount.annotations }),
    },
  },
  ...accessOf("ClusterRole", values, namespace),
  ...accessOf("Role", values, namespace),
  {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: AGENT_NAME, namespace: values.operator.namespace, labels: LABELS },
  },
  ...licenseSecretOf(values),
  deploymentOf(values, namespace),
  ...monitoringOf(values, namespace),
];

/** The objects as YAML, each rule with its reason as a comment. */
export const manifestText = (objects: readonly KubernetesObject[], rights: readonly Right[]): string => {
  const documents = objects.map((object) => {
    const document = new Document(object, { aliasDuplicateObjects: false });
    const scope = SCOPES[object.kind];
    const reasons = rights.filter((right) => right.scope === scope).map(({ reason }) => ` ${reason}`);
    visit(document, {
      Pair: (_key, pair) => {
        if ((pair.key as Scalar).value !== "rules" || scope === undefined) return undefined;
        const { items } = pair.value as { items: { commentBefore?: string }[] };
        for (const [place, rule] of items.entries()) rule.commentBefore = reasons[place] ?? "";
        return visit.BREAK;
      },
    });
    return document.toString({ lineWidth: 0 });
  });
  return documents.join("---\n");
};

const SCOPES: Record<string, Right["scope"]> = { ClusterRole: "cluster", Role: "operator" };

const RBAC = "rbac.authorization.k8s.io";

const accessOf = (kind: "ClusterRole" | "Role", values: Values, namespace: string): KubernetesObject[] => {
  const metadata = {
    name: AGENT_NAME,
    ...unless(kind === "ClusterRole", { namespace: values.operator.namespace }),
    labels: LABELS,
  };
  const rights = rightsOf(values).filter(({ scope }) => scope === SCOPES[kind]);
  return [
    { apiVersion: `${RBAC}/v1`, kind, metadata, rules: rights.map(ruleOf) },
    {
      apiVersion: `${RBAC}/v1`,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: RBAC, kind, name: AGENT_NAME },
      subjects: [{ kind: "ServiceAccount", name: AGENT_NAME, namespace }],
    },
  ];
};

const ruleOf = ({ group, resource, names, verbs }: Right) => ({
  apiGroups: [group],
  resources: [resource],
  ...(names === undefined ? {} : { resourceNames: names }),
  verbs,
});

const licenseSecretOf = ({ license, operator }: Values): KubernetesObject[] =>
  license.secretName === "" || !license.create
    ? []
    : [
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: {
            name: license.secretName,
            namespace: operator.namespace,
            labels: { ...LABELS, [LICENSE_LABEL]: "true" },
          },
          type: "Opaque",
        },
      ];

const deploymentOf = (values: Values, namespace: string): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: AGENT_NAME, namespace, labels: LABELS },
  spec: {
    replicas: 1,
    strategy: { type: "Recreate" },
    selector: { matchLabels: SELECTOR },
    template: {
      metadata: {
        labels: { ...values.podLabels, ...SELECTOR, "app.kubernetes.io/version": APP_VERSION },
        ...unless(isEmpty(values.podAnnotations), { annotations: values.podAnnotations }),
      },
      spec: podOf(values),
    },
  },
});

const podOf = (values: Values) => {
  const { extraCa } = values.server;
  const hasCa = extraCa.configMap !== "";
  return {
    serviceAccountName: AGENT_NAME,
    automountServiceAccountToken: true,
    ...unless(values.imagePullSecrets.length === 0, { imagePullSecrets: values.imagePullSecrets }),
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "agent",
        image: imageOf(values.image),
        imagePullPolicy: values.image.pullPolicy,
        env: environmentOf(values).map(([name, value]) => ({ name, value })),
        ports: [{ name: "http", containerPort: PORT }],
        livenessProbe: {
          httpGet: { path: "/healthz", port: "http" },
          initialDelaySeconds: 10,
          periodSeconds: 10,
          timeoutSeconds: 5,
          failureThreshold: 6,
        },
        readinessProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 5, timeoutSeconds: 5 },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        resources: values.resources,
        volumeMounts: [
          { name: "credentials", mountPath: CREDENTIALS, readOnly: true },
          { name: "outbox", mountPath: OUTBOX },
          ...(hasCa ? [{ name: "ca", mountPath: CA, readOnly: true }] : []),
        ],
      },
    ],
    volumes: [
      { name: "credentials", secret: { secretName: values.credentials.secretName } },
      { name: "outbox", emptyDir: { sizeLimit: "64Mi" } },
      ...(hasCa ? [{ name: "ca", configMap: { name: extraCa.configMap } }] : []),
    ],
    ...unless(isEmpty(values.nodeSelector), { nodeSelector: values.nodeSelector }),
    ...unless(values.tolerations.length === 0, { tolerations: values.tolerations }),
    ...unless(isEmpty(values.affinity), { affinity: values.affinity }),
    ...unless(values.priorityClassName === "", { priorityClassName: values.priorityClassName }),
  };
};

const imageOf = ({ repository, tag, digest }: Values["image"]): string =>
  digest === "" ? `${repository}:${tag === "" ? APP_VERSION : tag}` : `${repository}@${digest}`;

/** The agent's settings; one that is not set has the agent's own default. */
export const environmentOf = (values: Values): [name: string, value: string][] => {
  const { server, credentials, operator, license, proxy } = values;
  return (
    [
      ["LICENSE_SERVER_URL", server.url],
      ["AGENT_TOKEN_FILE", credentials.tokenKey === "" ? "" : `${CREDENTIALS}/${credentials.tokenKey}`],
      ["LICENSE_KEY_FILE", credentials.licenseKeyKey === "" ? "" : `${CREDENTIALS}/${credentials.licenseKeyKey}`],
      ["CLUSTER_NAME", values.clusterName],
      ["CLUSTER_ID", values.clusterId],
      ["OPERATOR_NAMESPACE", operator.namespace],
      ["LICENSE_SECRET_NAME", license.secretName],
      ["RESTART_OPERATOR", flag(license.restartOperator)],
      ["ENFORCE_SEATS", flag(values.enforceSeats)],
      ["KILL_PREVIEWS", flag(values.killPreviews)],
      ["APPLY_CATALOG", flag(values.applyCatalog)],
      ["LOG_LEVEL", values.logLevel],
      ["DATA_DIR", OUTBOX],
      ["HTTPS_PROXY", proxy.httpsProxy],
      ["NO_PROXY", proxy.noProxy],
      ["NODE_EXTRA_CA_CERTS", server.extraCa.configMap === "" ? "" : `${CA}/${server.extraCa.key}`],
    ] satisfies [string, string][]
  ).filter(([, value]) => value !== "") as [string, string][];
};

const flag = (on: boolean): string => (on ? "true" : "");

const monitoringOf = ({ serviceMonitor }: Values, namespace: string): KubernetesObject[] => {
  if (!serviceMonitor.enabled) return [];
  const metadata = { name: AGENT_NAME, namespace, labels: LABELS };
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { clusterIP: "None", selector: SELECTOR, ports: [{ name: "http", port: PORT, targetPort: "http" }] },
    },
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "ServiceMonitor",
      metadata: { ...metadata, labels: { ...serviceMonitor.labels, ...LABELS } },
      spec: {
        selector: { matchLabels: SELECTOR },
        endpoints: [{ port: "http", path: "/metrics", interval: serviceMonitor.interval }],
      },
    },
  ];
};

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

const unless = <T extends object>(left: boolean, fields: T): T | Record<never, never> => (left ? {} : fields);

import type { SomeValues } from "../../agent/values.ts";

/** The least that the chart needs. */
export const LEAST: SomeValues = {
  clusterName: "staging",
  server: { url: "https://licenses.example.com/prefix" },
  image: { repository: "registry.example.com/mirrord-license-agent" },
};

/** What docs/agent.md recommends: the agent keeps the operator's license. */
export const RECOMMENDED: SomeValues = {
  ...LEAST,
  license: { secretName: "mirrord-license" },
  serviceMonitor: { enabled: true },
};

/** Values that switch on and change everything. */
export const EVERYTHING: SomeValues = {
  ...LEAST,
  clusterId: "5a1c2f0e-7a54-4a7e-9c4d-0d0c6b1f9f11",
  server: { url: "https://licenses.example.com", extraCa: { configMap: "company-ca", key: "root.pem" } },
  credentials: { secretName: "agent-key", tokenKey: "", licenseKeyKey: "key" },
  operator: { namespace: "mirrord-operator" },
  license: { secretName: "mirrord-license", restartOperator: true },
  enforceSeats: true,
  killPreviews: true,
  applyCatalog: true,
  logLevel: "debug",
  proxy: { httpsProxy: "http://proxy.example.com:3128", noProxy: "example.com,10.0.0.0/8" },
  image: { repository: "registry.example.com:5000/agent", digest: `sha256:${"a".repeat(64)}`, pullPolicy: "Always" },
  imagePullSecrets: [{ name: "registry" }],
  resources: { limits: { cpu: "200m", memory: "256Mi" } },
  serviceAccount: { annotations: { team: "platform" } },
  podAnnotations: { team: "platform" },
  podLabels: { team: "platform" },
  nodeSelector: { "kubernetes.io/os": "linux" },
  tolerations: [{ key: "system", operator: "Exists" }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/arch", operator: "Exists" }] }],
      },
    },
  },
  priorityClassName: "system-cluster-critical",
  serviceMonitor: { enabled: true, interval: "1m", labels: { release: "prometheus" } },
};

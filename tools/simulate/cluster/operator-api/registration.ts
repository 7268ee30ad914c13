import { setTimeout as delay } from "node:timers/promises";
import { APPLY, type ApiClient } from "../../../cluster/api-client.ts";

const NAMESPACE = "mirrord";
const SERVICE = "mirrord-operator";
const API_SERVICE = "v1.operator.metalbear.co";
const AVAILABLE_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

/** Registers the operator's API at the cluster's API server, and waits until it is available. */
export const registerOperatorApi = async (api: ApiClient, port: number): Promise<void> => {
  await applyObject(api, `/api/v1/namespaces/${NAMESPACE}`, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE },
  });
  await applyObject(api, `/api/v1/namespaces/${NAMESPACE}/services/${SERVICE}`, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: SERVICE, namespace: NAMESPACE },
    spec: { type: "ExternalName", externalName: "localhost", ports: [{ port, targetPort: port, protocol: "TCP" }] },
  });
  await applyObject(api, `/apis/apiregistration.k8s.io/v1/apiservices/${API_SERVICE}`, {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: API_SERVICE },
    spec: {
      group: "operator.metalbear.co",
      version: "v1",
      groupPriorityMinimum: 1_000,
      versionPriority: 15,
      insecureSkipTLSVerify: true,
      service: { name: SERVICE, namespace: NAMESPACE, port },
    },
  });
  const deadline = performance.now() + AVAILABLE_TIMEOUT_MS;
  while ((await api.call("GET", "/apis/operator.metalbear.co/v1/mirrordoperators/operator")).status !== 200) {
    if (performance.now() > deadline) throw new Error("the API server does not reach the operator's API");
    await delay(POLL_MS);
  }
};

const applyObject = async (api: ApiClient, path: string, object: object): Promise<void> =>
  void (await api.expect("PATCH", `${path}?fieldManager=stand-in&force=true`, object, { contentType: APPLY }));

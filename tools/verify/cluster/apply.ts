import type { KubernetesObject } from "../../agent/manifest.ts";
import { APPLY, type ApiClient } from "../../cluster/api-client.ts";

const PLURALS: Readonly<Record<string, string>> = {
  ServiceAccount: "serviceaccounts",
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  Role: "roles",
  RoleBinding: "rolebindings",
  Lease: "leases",
  Secret: "secrets",
  Deployment: "deployments",
  Service: "services",
  ServiceMonitor: "servicemonitors",
};

/** Applies objects on the server's side. A field that the API does not know is an error. */
export const applyAll = async (api: ApiClient, objects: readonly KubernetesObject[]): Promise<void> => {
  for (const object of objects) {
    const { apiVersion, kind, metadata } = object;
    const plural = PLURALS[kind];
    if (plural === undefined) throw new Error(`the path of ${kind} is not known here`);
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const place = metadata.namespace === undefined ? root : `${root}/namespaces/${metadata.namespace}`;
    const query = "fieldManager=verify-cluster&fieldValidation=Strict&force=true";
    await api.expect("PATCH", `${place}/${plural}/${metadata.name}?${query}`, object, { contentType: APPLY });
  }
};

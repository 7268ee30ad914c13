/** Objects as a stock operator writes them, in the forms that the facts document. */

type Extra = Record<string, unknown>;

export const OWNER = { userId: "ada+key/1", username: "Ada", hostname: "ada-laptop", k8sUsername: "ada@example.com" };
export const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment", name: "checkout", container: "app" };

export type ObjectFields = {
  uid: string;
  name: string;
  created: string;
  deletedAt?: string | undefined;
  spec?: Extra;
  status?: Extra | null;
  metadata?: Extra;
};

const metadataOf = ({ uid, name, created, deletedAt, metadata = {} }: ObjectFields): Extra => ({
  name,
  uid,
  creationTimestamp: created,
  ...(deletedAt === undefined ? {} : { deletionTimestamp: deletedAt }),
  ...metadata,
});

export const clusterSession = (fields: ObjectFields): Extra => ({
  apiVersion: "mirrord.metalbear.co/v1alpha",
  kind: "MirrordClusterSession",
  metadata: metadataOf(fields),
  spec: { namespace: "shop", owner: OWNER, target: DEPLOYMENT, ...fields.spec },
  ...(fields.status === undefined ? {} : { status: fields.status }),
});

export const multiClusterSession = (fields: ObjectFields): Extra => ({
  apiVersion: "operator.metalbear.co/v1alpha",
  kind: "MirrordMultiClusterSession",
  metadata: metadataOf(fields),
  spec: {
    namespace: "shop",
    owner: OWNER,
    target: DEPLOYMENT,
    targetAlias: "checkout",
    clusters: ["east", "west"],
    primaryCluster: "east",
    ...fields.spec,
  },
  ...(fields.status === undefined ? {} : { status: fields.status }),
});

export const previewSession = (fields: ObjectFields): Extra => ({
  apiVersion: "preview.mirrord.metalbear.co/v1alpha",
  kind: "PreviewSession",
  metadata: { ...metadataOf(fields), namespace: "shop" },
  spec: { image: "shop/checkout:7", key: "pr-7", target: DEPLOYMENT, ttlSecs: 3_600, replicas: 1, ...fields.spec },
  ...(fields.status === undefined ? {} : { status: fields.status }),
});

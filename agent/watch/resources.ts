import type { Kind } from "../sessions/types.ts";

/** Where the API server has the objects of a kind. Previews are read in all namespaces. */
export const RESOURCES: Readonly<Record<Kind, { path: string; name: string }>> = {
  MirrordClusterSession: resource("mirrord.metalbear.co", "mirrordclustersessions"),
  MirrordMultiClusterSession: resource("operator.metalbear.co", "mirrordmulticlustersessions"),
  PreviewSession: resource("preview.mirrord.metalbear.co", "previewsessions"),
};

function resource(group: string, plural: string): { path: string; name: string } {
  return { path: `/apis/${group}/v1alpha/${plural}`, name: `${plural}.${group}` };
}

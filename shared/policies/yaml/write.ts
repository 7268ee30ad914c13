import { Document, Scalar, visit } from "yaml";
import { ALL_CLUSTERS, type CatalogKind, CLUSTERS_ANNOTATION } from "../../contract/catalog.ts";
import { isAmbiguous } from "./ambiguous.ts";
import { apiVersionOf } from "./parse.ts";

type Written = {
  kind: CatalogKind;
  name: string;
  namespace: string | null;
  clusters: readonly string[];
  spec: unknown;
};

/** An entry as a YAML document that `parseEntries` reads as the same entry. */
export const entryToYaml = ({ kind, name, namespace, clusters, spec }: Written): string => {
  const forAll = clusters.length === 1 && clusters[0] === ALL_CLUSTERS;
  const metadata = {
    name,
    ...(namespace === null ? {} : { namespace }),
    ...(forAll ? {} : { annotations: { [CLUSTERS_ANNOTATION]: clusters.join(", ") } }),
  };
  const document = new Document(
    { apiVersion: apiVersionOf(kind), kind, metadata, spec },
    { aliasDuplicateObjects: false, schema: "core" },
  );
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === "string" && isAmbiguous(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0 });
};

/** Several entries as one text. */
export const entriesToYaml = (entries: readonly Written[]): string => entries.map(entryToYaml).join("---\n");

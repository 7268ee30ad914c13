import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parse } from "yaml";
import { APPLY, type ApiClient } from "./api-client.ts";

/** A CustomResourceDefinition, as far as it is used here. */
export type Definition = {
  metadata: { name: string };
  spec: {
    group: string;
    scope: "Cluster" | "Namespaced";
    names: { plural: string; kind: string };
    versions: { name: string }[];
  };
};

const FOLDER = join(import.meta.dirname, "crds");
const ESTABLISHED_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

/** The definitions of mirrord's objects. */
export const readDefinitions = (): Definition[] =>
  globSync("*.yaml", { cwd: FOLDER }).flatMap(
    (file) => parse(readFileSync(join(FOLDER, file), "utf8")) as Definition | Definition[],
  );

/** Applies a definition and waits until its objects can be listed. */
export const installDefinition = async (api: ApiClient, definition: Definition): Promise<void> => {
  const { name } = definition.metadata;
  await api.expect(
    "PATCH",
    `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}?fieldManager=definitions&fieldValidation=Strict&force=true`,
    definition,
    { contentType: APPLY },
  );
  const deadline = performance.now() + ESTABLISHED_TIMEOUT_MS;
  while ((await api.call("GET", `${collectionPath(definition)}?limit=1`)).status !== 200) {
    if (performance.now() > deadline) throw new Error(`the objects of ${name} cannot be listed`);
    await delay(POLL_MS);
  }
};

/** The path of all objects of a definition. */
export const collectionPath = ({ spec }: Definition): string =>
  `/apis/${spec.group}/${spec.versions[0]?.name}/${spec.names.plural}`;

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { parseAllDocuments, stringify } from "yaml";
import { type KubernetesObject, manifestOf } from "../../agent/manifest.ts";
import { rightsOf } from "../../agent/rights.ts";
import { type SomeValues, valuesOf } from "../../agent/values.ts";
import { EVERYTHING, LEAST, RECOMMENDED } from "./value-sets.ts";

const CHART = fileURLToPath(new URL("../../../charts/mirrord-license-agent", import.meta.url));
const NAMESPACE = "agents";
// A helm that was built from source says that it is for Kubernetes 1.20.
const VERSION = ["--kube-version", "1.34.0"];
const [helm = "helm", folder = "."] = process.argv.slice(2);

const sets: Record<string, SomeValues> = { least: LEAST, recommended: RECOMMENDED, everything: EVERYTHING };

for (const [name, values] of Object.entries(sets)) {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify(values));
  run("lint", CHART, "--strict", "--values", file);
  const text = run("template", "agent", CHART, ...VERSION, "--namespace", NAMESPACE, "--values", file);
  writeFileSync(join(folder, `${name}.rendered.yaml`), text);
  const read = valuesOf(values);
  if (!read.ok) throw new Error(read.faults.join("\n"));
  const [rendered, printed] = [byName(parsed(text)), byName(manifestOf(read.values, NAMESPACE))];
  const names = new Set([...rendered.keys(), ...printed.keys()]);
  const different = [...names].filter((each) => !isDeepStrictEqual(rendered.get(each), printed.get(each)));
  for (const each of different)
    console.error(
      `${name}: ${each}\n--- chart\n${stringify(rendered.get(each))}\n--- manifest\n${stringify(printed.get(each))}`,
    );
  const unexplained = rightsOf(read.values).filter(({ reason }) => !text.includes(`# ${reason}\n`));
  for (const { resource } of unexplained) console.error(`${name}: the chart does not say why ${resource} is needed`);
  if (different.length + unexplained.length > 0) process.exit(1);
  console.log(`verify-chart: ${name}: ${names.size} objects, the same in the chart and in the manifest`);
}

// What the schema refuses, Helm refuses.
for (const [name, fault] of [
  ["clusterName=", "clusterName"],
  ["image.repository=", "repository"],
  ["enforceSeat=true", "enforceSeat"],
] as const) {
  const answer = refusal("template", CHART, ...VERSION, "--values", join(folder, "least.yaml"), "--set", name);
  if (!answer.includes(fault)) throw new Error(`helm does not refuse --set ${name}: ${answer}`);
}
console.log("verify-chart: Helm refuses values that the schema refuses");

function run(...args: string[]): string {
  return execFileSync(helm, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function refusal(...args: string[]): string {
  try {
    execFileSync(helm, args, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
    return "accepted";
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr);
  }
}

function parsed(text: string): KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => (document.contents === null ? [] : [document.toJS()]));
}

// What only Helm writes, or each writes with its own name, is left out.
function byName(objects: readonly KubernetesObject[]): Map<string, unknown> {
  const plain: KubernetesObject[] = JSON.parse(JSON.stringify(objects));
  return new Map(
    plain.map((object) => {
      const {
        labels,
        annotations = {},
        ...metadata
      } = object.metadata as typeof object.metadata & {
        annotations?: Record<string, string>;
      };
      const isOwn = ([name]: [string, unknown]) => !/^helm\.sh\/|managed-by$/.test(name);
      const shown = {
        ...metadata,
        labels: Object.fromEntries(Object.entries(labels).filter(isOwn)),
        annotations: Object.fromEntries(Object.entries(annotations).filter(isOwn)),
      };
      return [`${object.kind} ${metadata.namespace ?? ""}/${metadata.name}`, { ...object, metadata: shown }];
    }),
  );
}

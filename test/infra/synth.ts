import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, type Stack, Validations } from "aws-cdk-lib";
import { parseConfig } from "../../infra/config.ts";
import { addLicenseServer } from "../../infra/license-server.ts";
import { FUNCTION_DESCRIPTIONS } from "../../shared/contract/function-descriptions.ts";
import type { FunctionName } from "../../shared/contract/functions.ts";
import { DEEP } from "../support/deep.ts";

const CDK_JSON = join(import.meta.dirname, "..", "..", "cdk.json");

export type Resource = {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
};
export type Template = { Resources: Record<string, Resource>; Outputs: Record<string, { Value: unknown }> };

export type Made = { app: App; data: Stack; service: Stack };

/**
 * Calls `use` with an app with the flags of cdk.json and the server in it, and gives what it returns. What the app writes
 * is removed afterwards. Handlers are not bundled, no stack traces are taken, no construct tree is written and the CDK's
 * own template rules only run on request, which makes a synth several times faster.
 */
export const withApp = <Result>(
  settings: unknown,
  use: (made: Made) => Result,
  { builtinCloudFormationValidation = false, context: more = {} as Record<string, unknown> } = {},
): Result => {
  const { context } = JSON.parse(readFileSync(CDK_JSON, "utf8"));
  const outdir = mkdtempSync(join(tmpdir(), "license-server-synth-"));
  try {
    const app = new App({
      outdir,
      builtinCloudFormationValidation,
      treeMetadata: false,
      analyticsReporting: false,
      context: { ...context, "aws:cdk:bundling-stacks": [], "aws:cdk:disable-stack-trace": true, ...more },
    });
    const parsed = parseConfig(settings);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return use({ app, ...addLicenseServer(app, parsed.config) });
  } finally {
    rmSync(outdir, { recursive: true });
  }
};

type Synthesized = { data: Template; service: Template };

// Most of a test's time would be making again what another has made.
const synthesized = new Map<string, Synthesized>();

/**
 * Both templates, which are not to be changed. In the service's, references to the data stack are replaced by what they
 * refer to there.
 */
export const synthesize = (settings: unknown = {}): Synthesized => {
  const key = JSON.stringify(settings);
  const known = synthesized.get(key) ?? makeTemplates(settings);
  synthesized.set(key, known);
  return known;
};

const makeTemplates = (settings: unknown): Synthesized =>
  withoutRulePacks(() =>
    withApp(settings, ({ app, data, service }) => {
      const assembly = app.synth();
      const dataTemplate: Template = assembly.getStackArtifact(data.artifactId).template;
      const serviceTemplate: Template = assembly.getStackArtifact(service.artifactId).template;
      return { data: dataTemplate, service: followOutputs(serviceTemplate, dataTemplate) as Template };
    }),
  );

/**
 * Calls `make`, in which a synth does not apply the rule packs: they take half of its time. `nag.test.ts` applies them to the
 * configurations that make other findings, and with DEEP=1 they apply to each.
 */
export const withoutRulePacks = <Result>(make: () => Result): Result => {
  const { addPlugins } = Validations.prototype;
  if (!DEEP) Validations.prototype.addPlugins = () => undefined;
  try {
    return make();
  } finally {
    Validations.prototype.addPlugins = addPlugins;
  }
};

export const resourcesOf = (template: Template, type: string): [id: string, resource: Resource][] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

/** The one resource of a type; throws where there are none or several. */
export const onlyResource = (template: Template, type: string): { id: string } & Resource => {
  const [first, ...others] = resourcesOf(template, type);
  if (first === undefined || others.length > 0) throw new Error(`expected one ${type}`);
  return { id: first[0], ...first[1] };
};

/** The function of that name; throws where there is none. */
export const functionOf = (template: Template, name: FunctionName): { id: string } & Resource => {
  const found = resourcesOf(template, "AWS::Lambda::Function").find(
    ([, { Properties }]) => Properties["Description"] === FUNCTION_DESCRIPTIONS[name],
  );
  if (found === undefined) throw new Error(`no function ${name}`);
  return { id: found[0], ...found[1] };
};

const followOutputs = (value: unknown, data: Template): unknown => {
  if (Array.isArray(value)) return value.map((entry) => followOutputs(entry, data));
  if (typeof value !== "object" || value === null) return value;
  if ("Fn::GetStackOutput" in value) {
    const { OutputName } = value["Fn::GetStackOutput"] as { OutputName: string };
    const output = data.Outputs[OutputName];
    if (output === undefined) throw new Error(`the data stack has no output ${OutputName}`);
    return output.Value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, followOutputs(entry, data)]));
};

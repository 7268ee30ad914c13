import type { Resource, Template } from "../../infra/synth.ts";

export const REGION = "eu-central-1";
export const ACCOUNT = "123456789012";

const PSEUDO: Record<string, string> = {
  "AWS::Region": REGION,
  "AWS::AccountId": ACCOUNT,
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackName": "LicenseServer",
};

const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** The ARNs of resources by their names (Service Authorization Reference, "Resource types defined by ..."). */
const ARNS: Record<string, (name: string) => string> = {
  "AWS::DynamoDB::GlobalTable": (name) => arn("dynamodb", `table/${name}`),
  "AWS::S3::Bucket": (name) => `arn:aws:s3:::${name}`,
  "AWS::SNS::Topic": (name) => arn("sns", name),
  "AWS::SQS::Queue": (name) => arn("sqs", name),
  "AWS::SecretsManager::Secret": (name) => arn("secretsmanager", `secret:${name}-AbC123`),
  "AWS::Lambda::Function": (name) => arn("lambda", `function:${name}`),
  "AWS::Logs::LogGroup": (name) => arn("logs", `log-group:${name}:*`),
  "AWS::Events::Rule": (name) => arn("events", `rule/${name}`),
  "AWS::Events::EventBus": (name) => arn("events", `event-bus/${name}`),
  "AWS::IAM::Role": (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
};

/** The types whose `Ref` is their ARN. */
const REF_IS_ARN = new Set(["AWS::SNS::Topic", "AWS::SecretsManager::Secret"]);

/**
 * Values of a template as they would be once it is deployed: every reference and function replaced by text. `nameOf` gives
 * a resource its name. Throws at what it does not know.
 */
export const physical = (
  template: Pick<Template, "Resources">,
  nameOf: (id: string, resource: Resource) => string,
): ((value: unknown) => unknown) => {
  const found = (id: string): Resource => {
    const resource = template.Resources[id];
    if (resource === undefined) throw new Error(`the template has no ${id}`);
    return resource;
  };
  const arnOf = (id: string): string => {
    const resource = found(id);
    const name = nameOf(id, resource);
    return ARNS[resource.Type]?.(name) ?? arn(resource.Type.replaceAll("::", "-").toLowerCase(), name);
  };
  const ref = (id: string): string => {
    const pseudo = PSEUDO[id];
    if (pseudo !== undefined) return pseudo;
    return REF_IS_ARN.has(found(id).Type) ? arnOf(id) : nameOf(id, found(id));
  };
  const attribute = (id: string, name: string): string => {
    if (name === "Arn" || name === "TopicArn") return arnOf(id);
    if (name === "StreamArn") return `${arnOf(id)}/stream/2026-11-01T00:00:00.000`;
    return `${nameOf(id, found(id))}.${name.toLowerCase()}`;
  };
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== "object" || value === null) return value;
    const [[key, inner] = ["", undefined], ...others] = Object.entries(value);
    if (others.length === 0) {
      if (key === "Ref") return ref(String(inner));
      if (key === "Fn::GetAtt") return attribute(...(inner as [string, string]));
      if (key === "Fn::Join") {
        const [separator, parts] = inner as [string, unknown[]];
        return parts.map(resolve).join(separator);
      }
      if (key.startsWith("Fn::")) throw new Error(`${key} is not known here`);
    }
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, resolve(entry)]));
  };
  return resolve;
};

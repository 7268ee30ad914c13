import { BlockList, isIPv6 } from "node:net";
import type { AwsCall } from "./policies.ts";

/** The keys of a request that conditions read; absent keys are undefined. A key may have several values. */
export type RequestContext = Readonly<Record<string, string | readonly string[] | undefined>>;

export type PolicyStatement = {
  Effect: "Allow" | "Deny";
  Principal?: unknown;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | boolean | (string | boolean)[]>>;
};
export type PolicyDocument = { Statement: PolicyStatement[] };

/** What a policy decides: an explicit deny wins over an allow, and nothing is allowed implicitly. */
export type Verdict = "Allow" | "Deny" | "ImplicitDeny";

/**
 * Evaluates a policy as the IAM user guide describes it ("Policy evaluation logic", "IAM JSON policy elements: Condition operators",
 * "Set operators for multi-value context keys"). Throws at operators that it does not know.
 */
export const verdictOf = (policy: PolicyDocument, call: AwsCall, context: RequestContext): Verdict => {
  const applying = policy.Statement.filter((statement) => applies(statement, call, context));
  if (applying.some(({ Effect }) => Effect === "Deny")) return "Deny";
  return applying.length > 0 ? "Allow" : "ImplicitDeny";
};

const applies = ({ Action, Resource, Condition }: PolicyStatement, call: AwsCall, context: RequestContext): boolean =>
  [Action].flat().some((action) => isLike(action.toLowerCase(), call.action.toLowerCase())) &&
  [Resource].flat().some((resource) => isLike(resource, call.resource)) &&
  holds(Condition, context);

/** Whether all conditions of a statement hold. */
export const holds = (condition: PolicyStatement["Condition"], context: RequestContext): boolean =>
  Object.entries(condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      matches(operator, [wanted].flat().map(String), valuesOf(context[key])),
    ),
  );

const valuesOf = (value: RequestContext[string]): readonly string[] | undefined =>
  value === undefined ? undefined : [value].flat();

type Test = (value: string, wanted: string) => boolean;

const TESTS: Record<string, Test> = {
  StringEquals: (value, wanted) => value === wanted,
  StringLike: (value, wanted) => isLike(wanted, value),
  ArnLike: (value, wanted) => isLike(wanted, value),
  Bool: (value, wanted) => value === wanted,
  IpAddress: (value, wanted) => isWithin(value, wanted),
};

const NEGATED: Record<string, string> = {
  StringNotEquals: "StringEquals",
  StringNotLike: "StringLike",
  NotIpAddress: "IpAddress",
};

const matches = (operator: string, wanted: readonly string[], values: readonly string[] | undefined): boolean => {
  // `Null: true` asks that the key is absent.
  if (operator === "Null") return wanted.every((one) => (one === "true") === (values === undefined));
  const [, all, name = operator] = /^(ForAllValues:)?(.+)$/.exec(operator) ?? [];
  const negated = NEGATED[name];
  const test = TESTS[negated ?? name];
  if (test === undefined) throw new Error(`the condition operator ${operator} is not known here`);
  const isWanted = (value: string) => wanted.some((one) => test(value, one));
  // True of an absent key or an empty set, too: that is why `Null: false` stands beside it.
  if (all !== undefined) return (values ?? []).every((value) => isWanted(value) === (negated === undefined));
  if (values === undefined) return negated !== undefined;
  return values.some(isWanted) === (negated === undefined);
};

const isWithin = (address: string, cidr: string): boolean => {
  const [network = "", bits] = cidr.split("/");
  const family = (text: string) => (isIPv6(text) ? "ipv6" : "ipv4");
  if (family(address) !== family(network)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits ?? (family(network) === "ipv6" ? 128 : 32)), family(network));
  return list.check(address, family(address));
};

/** IAM user guide, "Policy elements: Resource": `*` is any text, `?` any one character. */
export const isLike = (pattern: string, text: string): boolean => {
  const known = expressions.get(pattern) ?? expressionOf(pattern);
  expressions.set(pattern, known);
  return known.test(text);
};

// The patterns are few, and each call to the table is compared with some.
const expressions = new Map<string, RegExp>();
const expressionOf = (pattern: string): RegExp => {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
};

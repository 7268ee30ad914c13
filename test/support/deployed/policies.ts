import { type Resource, resourcesOf, type Template } from "../../infra/synth.ts";
import { holds, isLike, type PolicyStatement, type RequestContext } from "./resource-policy.ts";

/** One call to AWS as IAM sees it. */
export type AwsCall = { action: string; resource: string; context?: RequestContext };

/** One action on one resource that a role allows; either may hold wildcards. */
export type Permission = AwsCall & { condition: unknown };

type Statement = { Effect: string; Action?: unknown; Resource?: unknown; Condition?: unknown };

/**
 * What a role may do by its own policies and those attached to it, in the terms of the template. Throws at what this does
 * not weigh: managed policies, refusals, and statements by what they leave out.
 */
export const permissionsOf = (template: Template, roleId: string): Permission[] => {
  const role = template.Resources[roleId];
  if (role?.Type !== "AWS::IAM::Role") throw new Error(`${roleId} is no role`);
  if ("ManagedPolicyArns" in role.Properties) throw new Error(`${roleId} has managed policies`);
  const own = (role.Properties["Policies"] ?? []) as { PolicyDocument: unknown }[];
  const attached = resourcesOf(template, "AWS::IAM::Policy").filter(([, policy]) => isAttachedTo(policy, roleId));
  const documents = [...own.map(({ PolicyDocument }) => PolicyDocument), ...attached.map(documentOf)];
  return documents
    .flatMap((document) => (document as { Statement: Statement[] }).Statement)
    .flatMap((statement) => permissionsIn(statement, roleId));
};

/** Whether any of the permissions covers the call. Conditions count for calls whose context is known, those of the table. */
export const allows = (permissions: readonly (AwsCall & { condition?: unknown })[], call: AwsCall): boolean =>
  permissions.some(
    ({ action, resource, condition }) =>
      isLike(action.toLowerCase(), call.action.toLowerCase()) &&
      isLike(resource, call.resource) &&
      (call.context === undefined || holds(condition as PolicyStatement["Condition"], call.context)),
  );

const isAttachedTo = ({ Properties }: Resource, roleId: string): boolean =>
  ((Properties["Roles"] ?? []) as { Ref?: string }[]).some(({ Ref }) => Ref === roleId);

const documentOf = ([, { Properties }]: [string, Resource]): unknown => Properties["PolicyDocument"];

const permissionsIn = (statement: Statement, roleId: string): Permission[] => {
  const { Effect, Action, Resource: on, Condition } = statement;
  if (Effect !== "Allow" || Action === undefined || on === undefined)
    throw new Error(`${roleId} has a statement that is not a plain Allow: ${JSON.stringify(statement)}`);
  return [Action]
    .flat()
    .flatMap((action) =>
      [on].flat().map((resource) => ({ action: String(action), resource: resource as string, condition: Condition })),
    );
};

import { RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import {
  AccessLogFormat,
  EndpointType,
  Integration,
  IntegrationType,
  type IResource,
  LogGroupLogDestination,
  type MethodDeploymentOptions,
  RestApi,
} from "aws-cdk-lib/aws-apigateway";
import { InterfaceVpcEndpoint } from "aws-cdk-lib/aws-ec2";
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { CfnPermission } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { FunctionName } from "../../shared/contract/functions.ts";
import { FALLBACK_FUNCTION, ROUTES } from "../../shared/contract/routes.ts";
import type { DeployConfig } from "../config.ts";
import { gatewayRoutes } from "../gateway-routes.ts";
import { pascalCase } from "../pascal-case.ts";
import { REST_ACCESS_LOG } from "./access-log.ts";
import type { HandlerFunction } from "./handler-function.ts";
import { hasSmallLimits, OPEN_BURST, OPEN_RATE } from "./open-routes.ts";

export type PrivateApiProps = {
  handlers: Readonly<Record<FunctionName, HandlerFunction>>;
  network: DeployConfig["network"];
  throttle: DeployConfig["throttle"];
  logsDays: DeployConfig["retention"]["logsDays"];
  tracing: DeployConfig["tracing"];
};

const STAGE = "v1";

/**
 * A REST API that only the configured VPC endpoints lead to: every route of the contract over the same functions, and a fallback
 * for all others. It has an AWS certificate, and its name is in public DNS with private addresses.
 */
export class PrivateApi extends Construct {
  readonly api: RestApi;
  /** The URL through the first endpoint. */
  readonly url: string;
  readonly #integrations = new Map<FunctionName, Integration>();

  constructor(scope: Construct, id: string, { handlers, network, throttle, logsDays, tracing }: PrivateApiProps) {
    super(scope, id);
    const policy = resourcePolicy(network);
    this.api = new RestApi(this, "Api", {
      restApiName: `${Stack.of(this).stackName}-Private`,
      description: "mirrord license server, private",
      endpointConfiguration: {
        types: [EndpointType.PRIVATE],
        vpcEndpoints: network.vpcEndpointIds.map((vpcEndpointId) =>
          InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, vpcEndpointId, { vpcEndpointId, port: 443 }),
        ),
      },
      policy,
      // Bodies come as the bytes that were sent.
      binaryMediaTypes: ["*/*"],
      // Its role would be the one of the whole account and region.
      cloudWatchRole: false,
      deployOptions: {
        stageName: STAGE,
        tracingEnabled: tracing === "xray",
        throttlingRateLimit: throttle.rate,
        throttlingBurstLimit: throttle.burst,
        methodOptions: smallLimits(throttle.rate),
        ...(network.accessLogs ? this.#accessLog(logsDays) : {}),
      },
    });
    // The CDK's own output would show a URL that no endpoint leads to.
    this.api.node.tryRemoveChild("Endpoint");
    this.#addRoutes(handlers);
    // API Gateway uses a new policy from the next deployment on.
    this.api.latestDeployment?.addToLogicalId({ policy: Stack.of(this).resolve(policy.toJSON()), network });
    const [endpoint = ""] = network.vpcEndpointIds;
    const { region, urlSuffix } = Stack.of(this);
    this.url = `https://${this.api.restApiId}-${endpoint}.execute-api.${region}.${urlSuffix}/${STAGE}`;
    this.#acknowledge(network.accessLogs, tracing);
  }

  // A path of which only other methods are known must lead to the fallback, which answers 405, so each has the method ANY, too.
  #addRoutes(handlers: PrivateApiProps["handlers"]): void {
    const integrationOf = (name: FunctionName): Integration => {
      const known = this.#integrations.get(name) ?? this.#integrate(name, handlers[name]);
      this.#integrations.set(name, known);
      return known;
    };
    const fallback = integrationOf(FALLBACK_FUNCTION);
    for (const { path, method, function: name } of gatewayRoutes(ROUTES))
      this.api.root.resourceForPath(path).addMethod(method, integrationOf(name));
    this.api.root.resourceForPath("/{proxy+}");
    for (const resource of resourcesBelow(this.api.root)) resource.addMethod("ANY", fallback);
  }

  // The CDK's integration would add a permission for each method. A function has one here, for this API alone.
  #integrate(name: FunctionName, { lambda }: HandlerFunction): Integration {
    const stack = Stack.of(this);
    new CfnPermission(this, `${pascalCase(name)}Permission`, {
      action: "lambda:InvokeFunction",
      functionName: lambda.functionArn,
      principal: "apigateway.amazonaws.com",
      sourceArn: this.api.arnForExecuteApi("*", "/*", STAGE),
      sourceAccount: stack.account,
    });
    return new Integration({
      type: IntegrationType.AWS_PROXY,
      integrationHttpMethod: "POST",
      uri: `arn:${stack.partition}:apigateway:${stack.region}:lambda:path/2015-03-31/functions/${lambda.functionArn}/invocations`,
    });
  }

  #accessLog(retention: PrivateApiProps["logsDays"]) {
    const group = new LogGroup(this, "AccessLog", {
      logGroupName: `/aws/vendedlogs/${Stack.of(this).stackName}/private`,
      retention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return {
      accessLogDestination: new LogGroupLogDestination(group),
      accessLogFormat: AccessLogFormat.custom(JSON.stringify(REST_ACCESS_LOG)),
    };
  }

  #acknowledge(logged: boolean, tracing: DeployConfig["tracing"]): void {
    const { deploymentStage: stage } = this.api;
    const accept = (id: string, reason: string, on: Construct = this.api) =>
      Validations.of(on).acknowledge({ id, reason });
    accept("AwsSolutions-APIG2", "The functions check every part of a request themselves, and answer with all faults.");
    accept("AwsSolutions-APIG3", "Only the VPC endpoints of the configuration lead here.", stage);
    accept("AwsSolutions-APIG4", "The functions check the license key or the token before anything else.");
    accept("AwsSolutions-COG4", "People have access tokens of this server; operators have the license key.");
    accept("AwsSolutions-APIG6", "It would log headers, which carry the credentials. The functions log each request.");
    if (tracing === "off")
      accept("Serverless-APIGWXrayEnabled", "The request ids in the JSON logs identify a call instead.", stage);
    if (logged) return;
    for (const id of ["AwsSolutions-APIG1", "Serverless-APIGWAccessLogging"])
      accept(id, "The account needs a role for it, which is the user's to make.", stage);
  }
}

const resourcesBelow = (resource: IResource): IResource[] => [
  resource,
  ...resource.node.children
    .filter((child): child is IResource & Construct => "resourceId" in child && "addMethod" in child)
    .flatMap(resourcesBelow),
];

const smallLimits = (rate: number): Record<string, MethodDeploymentOptions> =>
  Object.fromEntries(
    gatewayRoutes(ROUTES)
      .filter(hasSmallLimits)
      .map(({ path, method }) => [
        `${path}/${method}`,
        { throttlingRateLimit: Math.min(rate, OPEN_RATE), throttlingBurstLimit: OPEN_BURST },
      ]),
  );

/**
 * Lets nobody in but through the endpoints, and from the networks, of the configuration. Negated conditions are true if their key
 * is absent, as it is without a VPC endpoint (IAM user guide, "Condition operators").
 */
const resourcePolicy = ({ vpcEndpointIds, allowedCidrs }: DeployConfig["network"]): PolicyDocument => {
  const statement = (effect: Effect, conditions?: object) =>
    new PolicyStatement({
      effect,
      principals: [new AnyPrincipal()],
      actions: ["execute-api:Invoke"],
      resources: ["execute-api:/*"],
      ...(conditions === undefined ? {} : { conditions }),
    });
  const statements = [
    statement(Effect.ALLOW),
    statement(Effect.DENY, { StringNotEquals: { "aws:SourceVpce": vpcEndpointIds } }),
  ];
  // `aws:SourceIp` is not there for a request through an endpoint.
  if (allowedCidrs.length > 0)
    statements.push(statement(Effect.DENY, { NotIpAddress: { "aws:VpcSourceIp": allowedCidrs } }));
  return new PolicyDocument({ statements });
};

import { CfnDeletionPolicy, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  type CfnStage,
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { type CfnLogGroup, LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { FunctionName } from "../../shared/contract/functions.ts";
import { FALLBACK_FUNCTION, ROUTES } from "../../shared/contract/routes.ts";
import { gatewayRoutes } from "../gateway-routes.ts";
import { HTTP_ACCESS_LOG } from "./access-log.ts";
import type { HandlerFunction } from "./handler-function.ts";
import { hasSmallLimits, OPEN_BURST, OPEN_RATE } from "./open-routes.ts";

export type ServerApiProps = {
  handlers: Readonly<Record<FunctionName, HandlerFunction>>;
  throttle: { rate: number; burst: number };
  logsDays: RetentionDays;
  /** Whether the API answers under its AWS host name. */
  defaultEndpoint: boolean;
};

/** The HTTP API: every route of the contract and a fallback for all others, with throttling and an access log at its one stage. */
export class ServerApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, props: ServerApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, "Api", {
      apiName: Stack.of(this).stackName,
      description: "mirrord license server",
      createDefaultStage: false,
      disableExecuteApiEndpoint: !props.defaultEndpoint,
    });
    const strict = this.#addRoutes(props.handlers);
    const accessLog = new LogGroup(this, "AccessLog", {
      // API Gateway may write to groups below /aws/vendedlogs/ without an entry for each in the account's resource policy for
      // logs, which holds 5,120 characters (CloudWatch Logs user guide, "Logs sent to CloudWatch Logs").
      logGroupName: `/aws/vendedlogs/${Stack.of(this).stackName}/http`,
      retention: props.logsDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    keepWhenReplaced(accessLog);
    this.stage = new HttpStage(this, "Stage", {
      httpApi: this.api,
      stageName: "$default",
      autoDeploy: true,
      throttle: { rateLimit: props.throttle.rate, burstLimit: props.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(HTTP_ACCESS_LOG)),
      },
    });
    this.#limit(strict, props.throttle.rate);
  }

  // The stage refuses limits of a route that does not exist yet.
  #limit(routes: ReadonlyMap<string, HttpRoute>, rate: number): void {
    this.stage.node.addDependency(...routes.values());
    const limits = { ThrottlingRateLimit: Math.min(rate, OPEN_RATE), ThrottlingBurstLimit: OPEN_BURST };
    const settings = Object.fromEntries([...routes.keys()].map((key) => [key, limits]));
    (this.stage.node.defaultChild as CfnStage).addPropertyOverride("RouteSettings", settings);
  }

  /** Adds the routes. Returns those with limits of their own. */
  #addRoutes(handlers: ServerApiProps["handlers"]): ReadonlyMap<string, HttpRoute> {
    const strict = new Map<string, HttpRoute>();
    const integrations = new Map<FunctionName, HttpLambdaIntegration>();
    const integrationOf = (name: FunctionName): HttpLambdaIntegration => {
      const integration = integrations.get(name) ?? new HttpLambdaIntegration(name, handlers[name].lambda);
      integrations.set(name, integration);
      return integration;
    };
    for (const gatewayRoute of gatewayRoutes(ROUTES)) {
      const { path, method, function: name, open } = gatewayRoute;
      const methods = [HttpMethod[method]];
      for (const route of this.api.addRoutes({ path, methods, integration: integrationOf(name) })) {
        acknowledgeNoAuthorizer(route, open ? "The route is public, and so is its answer." : CHECKED_INSIDE);
        if (hasSmallLimits(gatewayRoute)) strict.set(`${method} ${path}`, route);
      }
    }
    const fallback = new HttpRoute(this, "Fallback", {
      httpApi: this.api,
      routeKey: HttpRouteKey.DEFAULT,
      integration: integrationOf(FALLBACK_FUNCTION),
    });
    acknowledgeNoAuthorizer(fallback, "It only answers that there is no such route or method.");
    return strict.set(HttpRouteKey.DEFAULT.key, fallback);
  }
}

// A new name replaces the group. The old one is kept with its log until its retention ends.
const keepWhenReplaced = (group: LogGroup): void => {
  (group.node.defaultChild as CfnLogGroup).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
};

const CHECKED_INSIDE = "The function checks the license key or the token before anything else.";

const acknowledgeNoAuthorizer = (route: HttpRoute, reason: string): void =>
  Validations.of(route).acknowledge({ id: "AwsSolutions-APIG4", reason });

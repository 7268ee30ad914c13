import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { FUNCTIONS, type FunctionName, type FunctionSpec, JOBS } from "../shared/contract/functions.ts";
import type { DeployConfig } from "./config.ts";
import { CustomDomain, customDomainUrl } from "./constructs/custom-domain.ts";
import { HandlerFunction } from "./constructs/handler-function.ts";
import { JobSchedule } from "./constructs/job-schedule.ts";
import { ServerApi } from "./constructs/server-api.ts";
import type { DataStack } from "./data-stack.ts";
import { functionSettings } from "./function-settings.ts";

/** What can be deleted and deployed again without loss: the functions, their schedules and the API in front of them. */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { config: DeployConfig; data: DataStack }) {
    const { config, data, ...stackProps } = props;
    super(scope, id, { description: "mirrord license server: functions and API", ...stackProps });
    const names = Object.keys(FUNCTIONS) as FunctionName[];
    const handlers = Object.fromEntries(names.map((name) => [name, this.#addFunction(name, config, data)])) as Record<
      FunctionName,
      HandlerFunction
    >;
    for (const name of JOBS) new JobSchedule(this, `${pascalCase(name)}Schedule`, { name, handler: handlers[name] });
    new CfnOutput(this, "TokenFunctionName", { value: handlers.token.lambda.functionName });
    const { customDomain } = config;
    const api = new ServerApi(this, "Http", {
      handlers,
      throttle: config.throttle,
      logsDays: config.retention.logsDays,
      // With a name of its own the API has no second entrance: what is put in front of that name cannot be walked around.
      defaultEndpoint: customDomain === undefined,
    });
    if (customDomain === undefined) {
      new CfnOutput(this, "ApiUrl", { value: api.api.apiEndpoint });
      return;
    }
    const domain = new CustomDomain(this, "Domain", { config: customDomain, api });
    new CfnOutput(this, "ApiUrl", { value: customDomainUrl(customDomain) });
    new CfnOutput(this, "DomainTarget", { value: domain.target });
  }

  #addFunction(name: FunctionName, config: DeployConfig, data: DataStack): HandlerFunction {
    const spec: FunctionSpec = FUNCTIONS[name];
    const { logLevel, retention } = config;
    const fn = new HandlerFunction(this, pascalCase(name), { name, logLevel, logsDays: retention.logsDays });
    for (const [variable, value] of functionSettings(name, config)) fn.configure(variable, value);
    if (spec.table !== undefined) data.table.grant(fn, spec.table);
    if (spec.bucket !== undefined) data.reports.grant(fn, spec.bucket);
    for (const secret of spec.secrets) data.secrets[secret].grantRead(fn);
    return fn;
  }
}

const pascalCase = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

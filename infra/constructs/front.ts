import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";

/** What leads to the functions. Both kinds of APIs have these metrics. */
export type Front = {
  readonly api: Pick<HttpApi, "metricCount" | "metricClientError" | "metricServerError">;
  /** Without a slash at its end. */
  readonly url: string;
};

/** One front, or the public and the private one. */
export type Fronts = readonly [Front, Front?];

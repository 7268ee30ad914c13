import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { lambdaSettings } from "../../../shared/store/lambda-settings.ts";

const LAMBDA = {
  AWS_LAMBDA_FUNCTION_NAME: "heartbeat",
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "id",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "token",
};

describe("the settings of an AWS client in a function", () => {
  it("are those that the SDK finds in the same environment", async () => {
    const { config } = new DynamoDBClient(lambdaSettings({ ...LAMBDA, AWS_USE_FIPS_ENDPOINT: "true" }));
    expect(await config.credentials()).toMatchObject({
      accessKeyId: "id",
      secretAccessKey: "secret",
      sessionToken: "token",
    });
    expect([await config.region(), await config.useFipsEndpoint(), await config.useDualstackEndpoint()]).toEqual([
      "eu-central-1",
      true,
      false,
    ]);
    const { retryMode } = config;
    expect(typeof retryMode === "string" ? retryMode : await retryMode()).toBe("standard");
  });

  it("leave a configured endpoint to the SDK, which looks for none otherwise", () => {
    expect(lambdaSettings(LAMBDA)).toMatchObject({ ignoreConfiguredEndpointUrls: true });
    for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER"])
      expect(lambdaSettings({ ...LAMBDA, [name]: "http://localhost" })).toMatchObject({
        ignoreConfiguredEndpointUrls: false,
      });
  });

  it.each([
    ["outside Lambda", { AWS_LAMBDA_FUNCTION_NAME: undefined }],
    ["without credentials in the environment", { AWS_SECRET_ACCESS_KEY: undefined }],
    ["without a region", { AWS_REGION: undefined }],
    ["with a profile", { AWS_PROFILE: "work" }],
    ["with a file of settings", { AWS_CONFIG_FILE: "/var/task/config" }],
  ])("are all left to the SDK %s", (_where, env) => {
    expect(lambdaSettings({ ...LAMBDA, ...env })).toEqual({});
  });
});

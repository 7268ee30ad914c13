import { expect, it } from "vitest";
import { DEFAULT_TEAM } from "../../tools/cost/estimate.ts";
import { resourcesOf, synthesize } from "./synth.ts";

it("the estimate of costs reckons with no fewer alarms, dashboards and secrets than a deployment has", () => {
  const { data, service } = synthesize({ events: { enabled: true } });
  const count = (type: string) => resourcesOf(data, type).length + resourcesOf(service, type).length;

  expect(count("AWS::CloudWatch::Alarm")).toBeGreaterThan(0);
  expect(count("AWS::CloudWatch::Alarm")).toBeLessThanOrEqual(DEFAULT_TEAM.alarms);
  expect(count("AWS::CloudWatch::Dashboard")).toBeLessThanOrEqual(DEFAULT_TEAM.dashboards);
  expect(count("AWS::SecretsManager::Secret")).toBe(4);
});

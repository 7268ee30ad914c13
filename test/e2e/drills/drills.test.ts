import { afterEach, describe, expect, it } from "vitest";
import { synthesize } from "../../infra/synth.ts";
import { alarmsOf, evaluate, type TemplateAlarm } from "../../support/cloudwatch.ts";
import { createDrillWorld, type DrillWorld } from "../../support/drill-world.ts";
import { DRILLS, type Drill } from "./drills.ts";

const { service } = synthesize({
  region: "eu-central-1",
  jira: { webhookSecretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:jira-AbC123" },
});
const ALARMS = alarmsOf(service);

let world: DrillWorld | undefined;
afterEach(async () => {
  await world?.app.close();
  world = undefined;
});

const drilled = (name: string): { alarm: TemplateAlarm; drill: Drill } => {
  const [alarm, drill] = [ALARMS.get(name), DRILLS[name]];
  if (alarm === undefined || drill === undefined) throw new Error(`no alarm or no drill ${name}`);
  return { alarm, drill };
};

const stateAfter = async (name: string, what: "well" | "fault") => {
  const { alarm, drill } = drilled(name);
  world = await createDrillWorld(service, drill.terms ?? {});
  await drill[what](world, service);
  return evaluate(alarm, world.data(), world.app.clock.now, what === "well" ? "ALARM" : "OK");
};

it("there is a drill for every alarm, and no alarm that is only said to be there", () => {
  expect(Object.keys(DRILLS).sort()).toEqual([...ALARMS.keys()].sort());
});

describe.each(Object.keys(DRILLS))("%s", (name) => {
  it("goes off at its fault", async () => {
    expect(await stateAfter(name, "fault")).toBe("ALARM");
  });

  it("is over, or stays quiet, where things go well", async () => {
    expect(await stateAfter(name, "well")).toBe("OK");
  });
});

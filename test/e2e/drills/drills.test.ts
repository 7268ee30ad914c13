import { afterEach, describe, expect, it } from "vitest";
import { synthesize } from "../../infra/synth.ts";
import { type AlarmState, alarmsOf, evaluate } from "../../support/cloudwatch.ts";
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

const drilled = async (name: string, what: "well" | "fault") => {
  const drill = DRILLS[name];
  if (drill === undefined) throw new Error(`no drill ${name}`);
  world = await createDrillWorld(service, drill.terms ?? {});
  await drill[what](world, service);
  return { world, drill };
};

/** Whether the alarm is on, or the notice was sent. Before, an alarm was in the other state. */
const isShown = ({ shows }: Drill, { data, app, subjects }: DrillWorld, before: AlarmState): boolean => {
  if ("notice" in shows) return subjects().some((subject) => shows.notice.test(subject));
  const alarm = ALARMS.get(shows.alarm);
  if (alarm === undefined) throw new Error(`no alarm ${shows.alarm}`);
  return evaluate(alarm, data(), app.clock.now, before) === "ALARM";
};

it("every alarm is shown to go off by a drill", () => {
  const shown = Object.values(DRILLS).flatMap(({ shows }) => ("alarm" in shows ? [shows.alarm] : []));
  expect([...new Set(shown)].sort()).toEqual([...ALARMS.keys()].sort());
});

describe.each(Object.keys(DRILLS))("%s", (name) => {
  it("is shown by its alarm or notice", async () => {
    const { world, drill } = await drilled(name, "fault");
    expect(isShown(drill, world, "OK"), world.subjects().join("; ")).toBe(true);
  });

  it("is not shown where things go well", async () => {
    const { world, drill } = await drilled(name, "well");
    expect(isShown(drill, world, "ALARM"), world.subjects().join("; ")).toBe(false);
  });
});

describe.each(Object.keys(DRILLS).filter((name) => DRILLS[name]?.over !== undefined))("the end of: %s", (name) => {
  it("is notified, and not before", async () => {
    const { world, drill } = await drilled(name, "fault");
    const { again, notice = /never/ } = drill.over ?? {};
    const ends = () => world.subjects().filter((subject) => notice.test(subject)).length;
    expect(ends()).toBe(0);
    await again?.(world);
    expect(ends(), world.subjects().join("; ")).toBe(1);
  });
});

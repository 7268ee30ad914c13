import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { clientOf } from "../../support/wire.ts";

const server = serverPerTest({ terms: { type: "teams", max_seats: 1, seat_tracking_mode: "KubernetesUser" } });

// One name: in the form that Unicode composes, in the one that it decomposes, and with white space around it.
const COMPOSED = "zo\u00eb@example.com";
const DECOMPOSED = "zoe\u0308@example.com";
const SPACED = ` ${COMPOSED}\u00a0`;
const OTHER_CASE = "Zo\u00eb@example.com";

const starts = (sessionId: string, kubernetesUsername: string) =>
  operatorAt(server()).starts(sessionId, "zoe", {
    client: { ...clientOf("zoe"), id: `machine-of-${sessionId}`, kubernetes_username: kubernetesUsername },
  });
const report = async () => (await server().call("GET", "/api/v1/reports/usage?format=json&primary_key=username")).json;

describe("a Kubernetes user's name", () => {
  it("is one user in every Unicode form and with white space around it: one seat, and one row in the report", async () => {
    for (const [place, name] of [COMPOSED, DECOMPOSED, SPACED].entries())
      expectSuccess("sessionStart", await starts(`s-${place}`, name), 201);
    const { used, seats } = expectSuccess("seatList", await server().call("GET", "/api/v1/seats"));
    expect([
      used,
      seats?.map(({ kubernetes_username, live_sessions }) => [kubernetes_username, live_sessions]),
    ]).toEqual([1, [[COMPOSED, 3]]]);
    server().clock.now += MINUTE_MS;
    for (const place of [0, 1, 2]) expectSuccess("sessionEnd", await operatorAt(server()).ends(`s-${place}`));
    const { userMetrics, warnings } = await report();
    expect(userMetrics).toMatchObject([{ identifier: COMPOSED, totalSessionCount: 3 }]);
    expect(warnings).toBeUndefined();
  });

  it("is another user's in another case, as Kubernetes has it; the report warns of it", async () => {
    await server().setLicense({ type: "teams", max_seats: 1, seat_tracking_mode: "KubernetesUser" });
    expectSuccess("sessionStart", await starts("s-1", COMPOSED), 201);
    expectProblem(await starts("s-2", OTHER_CASE), 403, "MaxSeatCountReached");
    await server().setLicense({ type: "teams", max_seats: 2, seat_tracking_mode: "KubernetesUser" });
    server().clock.now += MINUTE_MS;
    expectSuccess("sessionStart", await starts("s-2", OTHER_CASE), 201);
    for (const id of ["s-1", "s-2"]) expectSuccess("sessionEnd", await operatorAt(server()).ends(id));
    const { userMetrics, warnings } = await report();
    expect(userMetrics).toHaveLength(2);
    expect(warnings).toEqual([`These users differ by upper and lower case only: ${OTHER_CASE}, ${COMPOSED}`]);
  });

  it("finds its sessions in whichever form it is asked for", async () => {
    expectSuccess("sessionStart", await starts("s-1", SPACED), 201);
    for (const asked of [COMPOSED, DECOMPOSED, SPACED]) {
      const { sessions } = expectSuccess(
        "sessionList",
        await server().call("GET", `/api/v1/sessions?user=${encodeURIComponent(asked)}`),
      );
      expect(sessions).toHaveLength(1);
    }
  });

  it("may be white space alone, as before", async () => {
    expectSuccess("sessionStart", await starts("s-1", "  "), 201);
  });
});

import { describe, it } from "vitest";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = serverPerTest({ terms: { max_seats: 2 } });
const operator = (id?: string) => operatorAt(server(), id);

describe("an id that is in use", () => {
  it("by another operator instance is a SessionConflict", async () => {
    await operator("op-1").starts("s-1", "ana");
    const again = await leavingNoTrace(server(), () => operator("op-2").starts("s-1", "ana"));
    expectProblem(again, 409, "SessionConflict");
  });

  it("by another client is a SessionConflict, and the other client gets no seat", async () => {
    await operator().starts("s-1", "ana");
    expectProblem(await leavingNoTrace(server(), () => operator().starts("s-1", "ben")), 409, "SessionConflict");
  });

  it("by another client is a SessionConflict, though the caller holds a seat, and the seat stays as it was", async () => {
    await operator().starts("s-ana", "ana");
    await operator().starts("s-ben", "ben");
    expectProblem(await leavingNoTrace(server(), () => operator().starts("s-ben", "ana")), 409, "SessionConflict");
  });

  it("by a CI session of another client is a SessionConflict", async () => {
    await operator().starts("s-1", "ana", { ci: true });
    const again = await leavingNoTrace(server(), () => operator().starts("s-1", "ben", { ci: true }));
    expectProblem(again, 409, "SessionConflict");
  });

  it("of a session that is over is SessionEnded: a start that comes late changes nothing", async () => {
    await operator().starts("s-1", "ana");
    await operator().ends("s-1");
    expectProblem(await leavingNoTrace(server(), () => operator().starts("s-1", "ana")), 409, "SessionEnded");
  });

  it("of another's session that is over is a SessionConflict: it does not reveal what became of it", async () => {
    await operator().starts("s-1", "ana");
    await operator().ends("s-1");
    expectProblem(await leavingNoTrace(server(), () => operator("op-2").starts("s-1", "ana")), 409, "SessionConflict");
  });

  it("is free again nowhere, but another id starts at once", async () => {
    await operator().starts("s-1", "ana");
    await operator().ends("s-1");
    expectSuccess("sessionStart", await operator().starts("s-2", "ana"), 201);
  });
});

import { expect, it } from "vitest";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { sharedServer } from "../../support/server.ts";

const server = sharedServer();
// What fits into the megabyte of a heartbeat.
const EMPTY_PORTS = Array.from({ length: 100_000 }, () => ({}));
const MAX_ANSWER_BYTES = 4_500_000;

it("an event with a fault at each of 100,000 places is rejected in few words, and spoils no other", async () => {
  const under = operatorAt(server());
  const started = [under.start("s-bad", "ana", { locked_ports: EMPTY_PORTS }), under.start("s-good")];
  const answer = await under.beats([], { started });
  expect(answer.bytes.length).toBeLessThan(MAX_ANSWER_BYTES);
  const body = expectSuccess("heartbeat", answer);
  expect(body.accepted).toEqual(["s-good"]);
  expect(body.rejected).toMatchObject([{ session_id: "s-bad", code: "BadRequest" }]);
  expect(body.rejected[0]?.detail).toMatch(/locked_ports\.0\.port is required; .*; and \d+ more$/);
});

it("a list with a fault at each of 100,000 places is a 400 that tells how many there are, and names the first", async () => {
  const answer = await operatorAt(server()).beats(Array.from({ length: 100_000 }, () => ""));
  expect(answer.bytes.length).toBeLessThan(MAX_ANSWER_BYTES);
  const { json } = expectProblem(answer, 400, "BadRequest");
  expect(json.detail).toBe("The request has 100000 faults. These are the first 1000");
  expect(json.errors).toHaveLength(1_000);
});

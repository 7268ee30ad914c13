import { describe, it } from "vitest";
import { expectProblem } from "../../support/answers.ts";
import { type BadValues, NOT_AN_ID, notText, orNull } from "../../support/bad-values.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { licenseBody } from "../../support/wire.ts";

const server = sharedServer();

const FIELDS: Record<string, BadValues> = {
  instance_id: NOT_AN_ID,
  operator_version: notText(64),
  cluster_name: orNull(notText(128)),
  nonce: orNull(notText(128)),
};

const refuse = async (body: unknown, paths: readonly string[]) =>
  expectProblem(
    await leavingNoTrace(server(), () => server().call("POST", "/api/v1/license", { body })),
    400,
    "BadRequest",
    paths,
  );

describe.each(Object.entries(FIELDS))("%s of an operator that starts", (path, values) => {
  it.each(values)("may not be %s", async (_label, value) => {
    await refuse(licenseBody({ [path]: value }), [path]);
  });
});

describe("an operator that starts", () => {
  it("is told all its faults at once", async () => {
    await refuse({ instance_id: "a b", cluster_name: "", nonce: 5 }, [
      "instance_id",
      "operator_version",
      "cluster_name",
      "nonce",
    ]);
  });
});

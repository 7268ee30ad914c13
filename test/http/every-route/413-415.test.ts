import { describe, expect, it } from "vitest";
import { expectProblem } from "../../support/answers.ts";
import { BODY_ROUTES, goodRequest } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();

const KIB = 1_024;
const limitOf = (name: string) => (name === "heartbeat" ? 1_024 * KIB : 64 * KIB);

describe.each(BODY_ROUTES)("%s", (name) => {
  const good = () => goodRequest(name, server().clock.now);
  const sendRaw = (raw: string) => server().call("POST", good().path, { raw });

  // A good body of exactly so many bytes.
  const padded = (bytes: number, filling = "x"): string => {
    const body = { ...good().body, padding: "" };
    const room = bytes - Buffer.byteLength(JSON.stringify(body));
    const padding = filling.repeat(Math.floor(room / Buffer.byteLength(filling)));
    return JSON.stringify({ ...body, padding: padding + "x".repeat(room - Buffer.byteLength(padding)) });
  };

  it("takes a body of its limit", async () => {
    expect((await sendRaw(padded(limitOf(name)))).status).toBeLessThan(300);
  });

  it("refuses one byte more, and names the limit", async () => {
    const { json } = expectProblem(
      await leavingNoTrace(server(), () => sendRaw(padded(limitOf(name) + 1))),
      413,
      "PayloadTooLarge",
    );
    expect(json.detail).toContain(String(limitOf(name)));
  });

  it("counts bytes, not characters", async () => {
    expectProblem(await sendRaw(padded(limitOf(name) + 1, "é")), 413, "PayloadTooLarge");
  });

  it.each([
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "application/jsonp",
    "application/json-seq",
    "application/xml",
    "json",
    "",
  ])("refuses a body of type %j", async (type) => {
    const { path, body } = good();
    const answer = await leavingNoTrace(server(), () =>
      server().call("POST", path, { body, headers: { "content-type": type } }),
    );
    expectProblem(answer, 415, "UnsupportedMediaType");
  });

  it("refuses a body of no type, and no body at all", async () => {
    const { path, body } = good();
    const bytes = Buffer.from(JSON.stringify(body));
    expectProblem(await leavingNoTrace(server(), () => server().sendBytes(path, bytes)), 415, "UnsupportedMediaType");
    expectProblem(await leavingNoTrace(server(), () => server().call("POST", path)), 415, "UnsupportedMediaType");
  });

  it.each([
    "application/json; charset=utf-8",
    "Application/JSON",
    "application/vnd.mirrord+json",
    "application/json ;x=y",
  ])("takes a body of type %j", async (type) => {
    const { path, body } = good();
    const answer = await server().call("POST", path, { body, headers: { "content-type": type } });
    expect(answer.status).toBeLessThan(300);
  });
});

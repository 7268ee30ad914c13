import { describe, expect, it } from "vitest";
import { expectProblem } from "../../support/answers.ts";
import { BODY_ROUTES, goodRequest } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();

const REQUIRED: Record<string, readonly string[]> = {
  licensePost: ["instance_id", "operator_version"],
  heartbeat: ["instance_id", "operator_version", "seq", "sent_at", "sessions"],
  sessionStart: ["session_id", "instance_id", "started_at", "client", "target"],
  sessionEnd: ["ended_at"],
};

const NO_JSON: Record<string, string> = {
  "that is empty": "",
  "of white space": " \n",
  "that breaks off": `{"instance_id":`,
  "with a comma too many": `{"instance_id":"op-1",}`,
  "with comments": `{} // none`,
  "of two values": "{}{}",
  "with a number JSON has not": `{"seq":NaN}`,
  "of a form": "instance_id=op-1",
  "that nests without end": "[".repeat(60_000),
};

const NO_OBJECT: Record<string, string> = {
  null: "null",
  "a list": "[]",
  "a list of objects": "[{}]",
  text: `"{}"`,
  "a number": "1",
  "a truth value": "true",
  "nested lists": `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
};

const utf8 = (text: string) => new TextEncoder().encode(text);
const JSON_TYPE = { "content-type": "application/json" };
// A type whose bodies API Gateway hands over in base64, so that the bytes arrive as they were sent.
const BINARY_JSON_TYPE = { "content-type": "application/vnd.mirrord+json" };

describe.each(BODY_ROUTES)("%s", (name) => {
  const path = () => goodRequest(name, server().clock.now).path;
  const sendRaw = (raw: string) =>
    leavingNoTrace(server(), () => server().call("POST", path(), { raw, headers: JSON_TYPE }));
  const sendBytes = (bytes: Uint8Array) =>
    leavingNoTrace(server(), () => server().sendBytes(path(), bytes, { headers: BINARY_JSON_TYPE }));
  const good = () => JSON.stringify(goodRequest(name, server().clock.now).body);

  it.each(Object.entries(NO_JSON))("refuses a body %s", async (_what, raw) => {
    expectProblem(await sendRaw(raw), 400, "BadRequest", [""]);
  });

  it.each(Object.entries(NO_OBJECT))("refuses a body that is no object but %s", async (_what, raw) => {
    const { json } = expectProblem(await sendRaw(raw), 400, "BadRequest");
    expect(json.errors.length).toBeGreaterThan(0);
  });

  it("names all that an empty object lacks", async () => {
    expectProblem(await sendRaw("{}"), 400, "BadRequest", REQUIRED[name]);
  });

  it("names what is wrong with query, path and body at once", async () => {
    const [at, paths] = name === "sessionEnd" ? ["/api/v1/sessions/a%23b/end", ["path.id"]] : [path(), []];
    const answer = await server().call("POST", `${at}?colour=red`, { raw: "{}", headers: JSON_TYPE });
    expectProblem(answer, 400, "BadRequest", ["query.colour", ...paths, ...(REQUIRED[name] ?? [])]);
    const unreadable = await server().call("POST", `${at}?colour=red`, { raw: "{", headers: JSON_TYPE });
    expectProblem(unreadable, 400, "BadRequest", ["query.colour", ...paths, ""]);
  });

  it("does not take what stands in a body's __proto__ for the body's own", async () => {
    expectProblem(await sendRaw(`{"__proto__":${good()}}`), 400, "BadRequest", REQUIRED[name]);
    expectProblem(await sendRaw(`{"constructor":{"prototype":${good()}}}`), 400, "BadRequest", REQUIRED[name]);
    expect({}).not.toHaveProperty("instance_id");
    expect({}).not.toHaveProperty("ended_at");
  });

  it.each([
    ["a lone continuation byte", [0x80]],
    ["an overlong form", [0xc0, 0xaf]],
    ["an encoded surrogate", [0xed, 0xa0, 0x80]],
    ["a character cut off", [0xe2, 0x82]],
  ])("refuses a body with %s: it is no UTF-8", async (_what, bytes) => {
    const [head = "", tail = ""] = good().split(`"op-1"`);
    const text =
      name === "sessionEnd" ? [`{"reason":"`, `","ended_at":"2026-11-10T12:00:00Z"}`] : [`${head}"`, `"${tail}`];
    const body = Buffer.concat([utf8(text[0] ?? ""), Buffer.from(bytes), utf8(text[1] ?? "")]);
    expectProblem(await sendBytes(body), 400, "BadRequest", [""]);
  });

  it("refuses UTF-16", async () => {
    expectProblem(await sendBytes(Buffer.from(good(), "utf16le")), 400, "BadRequest", [""]);
  });

  it("reads a good body in base64", async () => {
    expect((await server().sendBytes(path(), utf8(good()), { headers: BINARY_JSON_TYPE })).status).toBeLessThan(300);
  });
});

// Sends what no client library sends: bytes that are not valid UTF-8, ids with dot segments, altered cursors, doubled slashes,
// compressed bodies. Each answer must be the expected refusal, with the place and the reason. Usage: raw.mjs URL
import { connect } from "node:net";
import { gzipSync } from "node:zlib";

const { hostname, port } = new URL(process.argv[2]);
const KEY = `x-license-key: ${process.env.LICENSE_KEY}`;
const TOKEN = `authorization: Bearer ${process.env.ACCESS_TOKEN}`;
const JSON_TYPE = "content-type: application/json";

const send = (method, target, headers = [], body = Buffer.alloc(0)) =>
  new Promise((resolve, reject) => {
    const head = [`${method} ${target} HTTP/1.1`, `host: ${hostname}`, "connection: close", ...headers];
    const text = `${[...head, `content-length: ${body.length}`].join("\r\n")}\r\n\r\n`;
    const chunks = [];
    const socket = connect(Number(port), hostname, () =>
      socket.write(Buffer.concat([Buffer.from(text, "latin1"), body])),
    );
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => {
      const answer = Buffer.concat(chunks).toString("utf8");
      resolve({ status: Number(answer.slice(9, 12)), body: answer.slice(answer.indexOf("\r\n\r\n") + 4) });
    });
  });

const now = new Date().toISOString();
const start = (id, hostnameBytes = "h") =>
  Buffer.from(
    JSON.stringify({
      session_id: id,
      instance_id: "op-7f9c4d1e",
      started_at: now,
      client: { id: "m", hostname: hostnameBytes, username: "u", kubernetes_username: "k" },
      target: { namespace: "n", kind: "deployment", name: "t" },
    }),
    "latin1",
  );
const cursor = (value) => Buffer.from(value).toString("base64url");

const DAMAGED = ["\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf0\x9f\x98", "M\xfcller"];
const LISTS = ["sessions", "operators", "seats", "audit", "reports/errors"];
const CURSORS = ["{}", '{"after":"\\ud800"}', '{"instanceId":"\\udfff"}', '{"after":"a"} ', "null", "\xff"];

const attacks = [
  ...DAMAGED.map((bytes) => [
    "POST",
    "/api/v1/sessions",
    [KEY, JSON_TYPE],
    start("s-utf8", bytes),
    400,
    /not valid UTF-8/,
  ]),
  ...["user=%ff", "namespace=%c3", "x%ff=1"].map((query) => [
    "GET",
    `/api/v1/sessions?${query}`,
    [KEY],
    undefined,
    400,
    /UTF-8/,
  ]),
  ["DELETE", "/api/v1/sessions?user=%ff", [TOKEN], undefined, 400, /UTF-8/],
  ["GET", "/api/v1/sessions?user=M\xfcller", [KEY], undefined, 400, /UTF-8/],
  ["POST", "/api/v1/sessions/%ff/end", [KEY, JSON_TYPE], Buffer.from("{}"), 400, /UTF-8/],
  ["GET", "/api/v1/license", [KEY, "accept: a\xff"], undefined, 400, /printable ASCII/],
  ...["..", ".", "a/../b", "./a", "a/.."].map((id) => [
    "POST",
    "/api/v1/sessions",
    [KEY, JSON_TYPE],
    start(id),
    400,
    /dot|\.\./,
  ]),
  ...LISTS.flatMap((list) =>
    CURSORS.map((text) => ["GET", `/api/v1/${list}?cursor=${cursor(text)}`, [TOKEN], undefined, 400, /query\.cursor/]),
  ),
  [
    "POST",
    "/api/v1/sessions",
    [KEY, JSON_TYPE, "content-encoding: gzip"],
    gzipSync(start("s-gzip")),
    415,
    /compressed/,
  ],
  ["DELETE", "/api/v1/sessions/", [TOKEN], undefined, 405, /allowed/],
  ["GET", "//api/v1//license/", [KEY], undefined, 200, /license/],
  ["HEAD", "/health?x=1", [], undefined, 200, /^$/],
];

let faults = 0;
for (const [method, target, headers, body, status, reason] of attacks) {
  const answer = await send(method, target, headers, body);
  if (answer.status === status && reason.test(answer.body)) continue;
  faults += 1;
  process.stderr.write(
    `verify-attacks: ${method} ${JSON.stringify(target)}: ${answer.status} ${answer.body.slice(0, 300)}\n`,
  );
}
if (faults > 0) process.exit(1);
process.stdout.write(`verify-attacks: ${attacks.length} requests in raw bytes, each answered as expected\n`);

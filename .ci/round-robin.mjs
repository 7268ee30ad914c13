// Sends each HTTP request to the next of several servers, as API Gateway sends requests to any free Lambda.
// node .ci/round-robin.mjs PORT BACKEND_PORT...
import { Agent, createServer, request } from "node:http";

const [port, ...backends] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true });
let turn = 0;

createServer((incoming, outgoing) => {
  const backend = backends[turn++ % backends.length];
  const { method, url: path, headers } = incoming;
  const onward = request({ host: "127.0.0.1", port: backend, method, path, headers, agent }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
}).listen(port, "127.0.0.1");

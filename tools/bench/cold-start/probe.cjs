// Runs in a fresh process and tells, in milliseconds, what a cold start is made of: the process's start until the bundle
// named by the first argument is loaded, loading it, and the first call of its handler with the event in the second; without
// an event, there is no call. Plain CommonJS, as the Lambda runtime loads a bundle, and with nothing loaded before.
const begun = performance.now();
const cpuBegun = process.cpuUsage();
const { handler } = require(process.argv[2]);
const loaded = performance.now();

const main = async () => {
  const context = { getRemainingTimeInMillis: () => 29_000 };
  const event = process.argv[3];
  const answer = event === undefined ? { statusCode: 200 } : await handler(JSON.parse(event), context);
  const answered = performance.now();
  const { user, system } = process.cpuUsage(cpuBegun);
  process.send({
    // The clock's origin is the start of the process.
    startMs: loaded,
    loadMs: loaded - begun,
    callMs: answered - loaded,
    cpuMs: (user + system) / 1_000,
    status: answer.statusCode,
    body: answer.body,
  });
};

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});

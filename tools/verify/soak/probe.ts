// Loaded into the server's process (`--expose-gc --import`). Answers every message with the memory in use after a collection.
process.on("message", () => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ heapUsed, external, resources: process.getActiveResourcesInfo().length });
});
// It must not prevent the server from ending.
process.channel?.unref();

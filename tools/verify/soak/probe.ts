// Loaded into the server's process (`--expose-gc --import`): answers every message with what is in use once garbage is collected.
process.on("message", () => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ heapUsed, external, resources: process.getActiveResourcesInfo().length });
});
// It must not keep the server from ending.
process.channel?.unref();

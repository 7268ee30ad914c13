#!/usr/bin/env node
// The commands are TypeScript, which Node runs directly. If the system's Node is too old, the version that this
// project pins runs them.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const FIRST_USABLE = 24;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

if (Number(process.versions.node.split(".")[0]) >= FIRST_USABLE) {
  // Otherwise every start compiles the same files again.
  module.enableCompileCache?.();
  await import("./main.ts");
} else {
  const pinned = here(`../../node_modules/node/bin/node${process.platform === "win32" ? ".exe" : ""}`);
  if (!existsSync(pinned)) {
    console.error(`license-server: Node ${FIRST_USABLE} or newer is required. To install it: npm ci`);
    process.exit(1);
  }
  // Ctrl-C reaches both processes; this one waits until the other has ended.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined);
  const { status, signal } = spawnSync(pinned, [here("./license-server.mjs"), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
}

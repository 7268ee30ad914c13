#!/usr/bin/env node
// The commands are TypeScript, which Node runs as it is. Where the system's own Node is older, the one that
// this project pins takes over.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const FIRST_USABLE = 24;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

if (Number(process.versions.node.split(".")[0]) >= FIRST_USABLE) {
  // Without it every start reads and compiles anew what never changes.
  module.enableCompileCache?.();
  await import("./main.ts");
} else {
  const pinned = here(`../../node_modules/node/bin/node${process.platform === "win32" ? ".exe" : ""}`);
  if (!existsSync(pinned)) {
    console.error(`license-server: Node ${FIRST_USABLE} or newer is needed; \`npm ci\` brings it along`);
    process.exit(1);
  }
  // Ctrl-C reaches both processes: this one waits for what the other makes of it.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined);
  const { status, signal } = spawnSync(pinned, [here("./license-server.mjs"), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
}

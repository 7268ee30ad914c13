import type { LockExceptions } from "./lock.ts";

const NOT_FETCHED =
  "This package was not available where the lock file was made, so its hash is unknown. npm uses the registry's hash.";

const without = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, NOT_FETCHED]));

/** Exceptions from the rules for the lock file, with reasons. Each is a binary for one platform; none is deployed. */
export const LOCK_EXCEPTIONS: LockExceptions = {
  withoutIntegrity: without([
    "@biomejs/cli-android-arm64",
    "@biomejs/cli-android-x64",
    "@biomejs/cli-darwin-arm64",
    "@biomejs/cli-darwin-x64",
    "@biomejs/cli-linux-arm64-musl",
    "@biomejs/cli-linux-x64-musl",
    "@biomejs/cli-win32-arm64",
    "@biomejs/cli-win32-x64",
    "@dynoxide/darwin-arm64",
    "@dynoxide/darwin-x64",
    "@dynoxide/linux-arm64",
    "@dynoxide/win32-x64",
  ]),
  installScripts: {
    node: "Downloads the Node that everything here uses, for this platform. Without it the system's Node must be 24.",
    esbuild: "Replaces the start script by the binary: faster, but not necessary.",
  },
};

/** Copyleft licenses that are accepted in what is deployed, by package, with the reason. There are none. */
export const LICENSE_EXCEPTIONS: Readonly<Record<string, string>> = {};

import type { LockExceptions } from "./lock.ts";

const NOT_FETCHED =
  "The lock file was made where this package could not be had, so that its hash was not known; npm checks it against the registry's.";

const without = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, NOT_FETCHED]));

/** What the lock file may hold beside the rules, and why. Each is a binary for one platform, none is ever deployed. */
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
    node: "Gets the Node that everything here runs on, for the platform at hand. Without it the machine's own must be 24.",
    esbuild: "Puts the binary in the place of the script that starts it: faster, and not needed.",
  },
};

/** Copyleft licenses that are accepted in what is deployed, by package, with the reason. There are none. */
export const LICENSE_EXCEPTIONS: Readonly<Record<string, string>> = {};

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { StartError } from "../start-error.ts";

/** The path of a platform's engine binary, an optional dependency. Throws a `StartError` if it is not installed. */
export const engineBinary = (platform: string = process.platform, arch: string = process.arch): string => {
  const name = `@dynoxide/${platform}-${arch}`;
  try {
    const root = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const binary = join(root, platform === "win32" ? "dynoxide.exe" : "dynoxide");
    if (existsSync(binary)) return binary;
  } catch {
    // Not installed. The error below also covers a package that lost its binary.
  }
  throw new StartError([
    `the database engine ${name} is not installed: run npm ci, or set DYNAMODB_ENDPOINT to DynamoDB Local's address`,
  ]);
};

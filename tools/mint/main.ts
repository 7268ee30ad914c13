import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { formatTime } from "../../shared/contract/time.ts";
import { readLicenseFile } from "../../shared/licensing/license-file.ts";
import { HELP, type MintCommand, parseMintArguments } from "./arguments.ts";
import { mintLicense } from "./mint.ts";

const USAGE_ERROR = 2;

const main = async (): Promise<number> => {
  const parsed = parseMintArguments(process.argv.slice(2), Date.now());
  if (parsed.kind === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  const faults = parsed.kind === "bad" ? parsed.faults : taken(parsed.command);
  if (parsed.kind === "bad" || faults.length > 0) {
    process.stderr.write(`${faults.map((fault) => `mint: ${fault}`).join("\n")}\nmint: See --help\n`);
    return USAGE_ERROR;
  }
  return mint(parsed.command);
};

const mint = async ({ license, out, caOut, force }: MintCommand): Promise<number> => {
  const { pem, caPem } = await mintLicense({ ...license, serialNumber: randomBytes(16).toString("hex") });
  const reading = readLicenseFile(pem);
  if (!reading.ok) throw new Error(`the minted license cannot be read: ${reading.reason}`);
  await write(out, pem, force);
  if (caOut !== undefined) await write(caOut, caPem, force);
  const { name, issuedAt, expiresAt, fingerprint, terms } = reading.license;
  process.stdout.write(
    `${out}: ${name} (${terms.type}, ${terms.maxSeats ?? "unlimited"} seats)\n` +
      `  valid        ${formatTime(issuedAt)} to ${formatTime(expiresAt)}\n  fingerprint  ${fingerprint}\n`,
  );
  return 0;
};

const taken = ({ out, caOut, force }: MintCommand): string[] =>
  [out, caOut]
    .filter((file) => file !== undefined && !force && existsSync(file))
    .map((file) => `${file} exists. To overwrite it: --force`);

// Replace an old file by a new one: writing into it would keep its mode, which may let others read it.
const write = async (file: string, text: string, force: boolean): Promise<void> => {
  const target = force ? `${file}.${randomBytes(4).toString("hex")}.new` : file;
  await writeFile(target, text, { mode: 0o600, flag: "wx" });
  if (force) await rename(target, file);
};

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`mint: ${error instanceof Error ? error.message : "failed"}\n`);
  return 1;
});

import { resolve } from "node:path";
import type { Command } from "commander";
import { trustAnchorFault } from "../../../shared/contract/trust-anchor.ts";
import { type LicenseFile, readLicenseFile } from "../../../shared/licensing/license-file.ts";
import { isInForce } from "../../../shared/licensing/status.ts";
import { readTrustAnchors } from "../../../shared/licensing/trust.ts";
import { readUtf8, unreadable } from "../../input/utf8.ts";
import { type Call, type Define, examples } from "../command.ts";
import { confirm, needsAnswer } from "../confirm.ts";
import { CliError, EXIT } from "../exit.ts";
import { mayRefuse, refusals } from "../license-refusals.ts";
import { facts } from "../table.ts";
import { safe } from "../text.ts";
import { termRows, termsOf, withoutPem } from "./license-shown.ts";

type FileOptions = { trustAnchor?: string };
type PutOptions = FileOptions & { yes?: boolean; force?: boolean };

/** `license show | verify | put`. */
export const licenseCommands = (program: Command, define: Define): void => {
  const group = program.command("license").description("show the license, check a file, put a new one");

  define(
    examples(
      group
        .command("show")
        .description("show the terms of the license that the server uses")
        .option("--pem", "print the license file itself, a secret; requires the license key"),
      "license-server license show",
      "license-server license show --pem > license.pem",
    ),
    async ({ options, connection: { api }, system, print }: Call<{ pem?: boolean }>) => {
      if (options.pem === true) return void system.stdout.write(await api.licensePem());
      const answer = withoutPem(await api.license());
      print(answer, () => facts(termRows(answer.license, Date.parse(answer.server_time))));
    },
  );

  define(
    examples(
      withAnchor(
        group
          .command("verify")
          .description("show the terms of a license file, without a server; fails if it is not in force")
          .argument("<file>", "license.pem"),
      ),
      "license-server license verify license.pem",
      "license-server license verify license.pem --trust-anchor vendor-ca.pem",
    ),
    async ({ args: [path = ""], options, system, print }: Call<FileOptions>) => {
      const file = fileAt(path, options, system.now());
      const terms = termsOf(file, system.now());
      print(terms, () => facts(termRows(terms, system.now())));
      if (!isInForce(file, system.now())) throw notInForce(terms.status);
    },
    { asksServer: false },
  );

  define(
    examples(
      withAnchor(
        group
          .command("put")
          .description("check a license file and put it into a deployment; in use within 60 seconds, without a deploy")
          .argument("<file>", "license.pem"),
      )
        .option("-y, --yes", "do not ask")
        .option("--force", "put it even if it is not in force"),
      "license-server license put license.pem --stack-prefix LicenseServer",
    ),
    put,
  );
};

const put = async ({
  args: [path = ""],
  options,
  system,
  settings,
  connection,
  note,
  print,
}: Call<PutOptions>): Promise<void> => {
  const { yes = false, force = false } = options;
  const file = fileAt(path, options, system.now());
  const terms = termsOf(file, system.now());
  const { deployment } = connection;
  if (deployment === undefined) throw notDeployed(path, settings.dataDir);
  needsAnswer(system, yes);
  if (!force && !isInForce(file, system.now())) throw notInForce(terms.status, " To put it anyway: --force");
  note(facts(termRows(terms, system.now())));
  for (const line of await refusedBy(file, connection)) note(`! ${safe(line)}`);
  const secretArn = await deployment.output("Data", "LicenseSecretArn");
  await confirm(system, `Make this the license of ${deployment.name}?`, yes);
  const { versionId } = await deployment.putSecret(secretArn, file.pem);
  print(
    { fingerprint: file.fingerprint, secret_arn: secretArn, version_id: versionId ?? null },
    () => "The license is stored and in use within 60 seconds. The previous one is the secret's version AWSPREVIOUS.",
  );
};

// Only a license that can refuse operators needs their list.
const refusedBy = async ({ terms }: LicenseFile, { api }: Call<PutOptions>["connection"]): Promise<string[]> => {
  if (!mayRefuse(terms)) return [];
  try {
    return refusals(terms, (await api.operators()).operators);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return ["The operators could not be listed, so it is not checked which of them this license refuses."];
  }
};

const notInForce = (status: string, advice = ""): CliError =>
  new CliError(EXIT.failed, `This license is ${status.replaceAll("_", " ")}.${advice}`);

// A local server reads its license from a file that only its environment names.
const notDeployed = (path: string, dataDir: string | undefined): CliError =>
  dataDir === undefined
    ? new CliError(EXIT.usage, "No deployment specified. Use --stack-prefix or a profile.")
    : new CliError(
        EXIT.failed,
        "The file is valid, but a local server reads its license from its environment:",
        `  LICENSE_PATH=${resolve(path)} npm start`,
        "  If the server already uses a file, replace that file. It is read again within 60 seconds.",
      );

const withAnchor = (target: Command): Command =>
  target.option("--trust-anchor <file>", "CA certificates (PEM) to verify the license's signature with");

/** @throws CliError where the file is not a license, or not from the trust anchor */
const fileAt = (path: string, { trustAnchor }: FileOptions, now: number): LicenseFile => {
  const anchors = trustAnchor === undefined ? undefined : anchorsAt(trustAnchor);
  const reading = readLicenseFile(textOf(path), anchors === undefined ? undefined : { anchors, now });
  if (reading.ok) return reading.license;
  throw new CliError(EXIT.failed, `${path} is not a usable license: ${reading.reason}`);
};

const anchorsAt = (path: string) => {
  const pem = textOf(path);
  const fault = trustAnchorFault(pem);
  if (fault !== undefined) throw new CliError(EXIT.usage, `--trust-anchor: ${path} ${fault}`);
  return readTrustAnchors(pem);
};

const textOf = (path: string): string => {
  try {
    return readUtf8(path);
  } catch (error) {
    throw new CliError(EXIT.usage, unreadable(path, error));
  }
};

import type { Deployment } from "../aws.ts";
import { CliError, EXIT } from "../exit.ts";

/** How many days sessions are kept, and the source of that number, in words. */
export type Retention = { days: number; by: string };

/** The server's own default. */
const DEFAULT: Retention = { days: 1_825, by: "by default" };

type How = {
  /** From the command line or the environment. */
  given: Retention | undefined;
  /** Whether the command writes. With too large a number it would delete the usage of sessions that were cleaned up. */
  writes: boolean;
  warn: (lines: readonly string[]) => void;
};

/**
 * How long the server keeps sessions: as given, or else as its deployment is configured.
 * @throws CliError where the deployment's configuration cannot be read and the command writes
 */
export const retentionOf = async (
  deployment: Pick<Deployment, "name" | "environmentOf"> | undefined,
  { given, writes, warn }: How,
): Promise<Retention> => {
  if (given !== undefined) return given;
  if (deployment === undefined) return DEFAULT;
  try {
    return { days: await deployedDays(deployment), by: "as deployed" };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const lines = [
      `Cannot read how long ${deployment.name} keeps sessions. Use --retention-days.`,
      ...error.lines.map((line) => `  ${line.trim()}`),
    ];
    if (writes) throw new CliError(error.exit, ...lines);
    warn(lines);
    return DEFAULT;
  }
};

const deployedDays = async (deployment: Pick<Deployment, "environmentOf">): Promise<number> => {
  const { RETENTION_SESSIONS_DAYS: text = "" } = await deployment.environmentOf("Sessions");
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new CliError(EXIT.failed, "Its function Sessions has no number of days.");
  return Number(text);
};

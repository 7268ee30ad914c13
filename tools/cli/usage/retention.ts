import type { Deployment } from "../aws.ts";
import { CliError, EXIT } from "../exit.ts";

/** How many days sessions are kept, and by what this is known, as told to a person. */
export type Retention = { days: number; by: string };

/** What the server itself goes by where nothing else is configured. */
const DEFAULT: Retention = { days: 1_825, by: "by default" };

type How = {
  /** What the command line or the environment says. */
  given: Retention | undefined;
  /** Whether the command writes: with too large a number it takes sessions that were cleaned up for ones that never were. */
  writes: boolean;
  warn: (lines: readonly string[]) => void;
};

/**
 * How long the server keeps sessions: as given, or else as its deployment is configured.
 * @throws CliError where a deployment does not tell, and the command writes
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
      `how long ${deployment.name} keeps sessions cannot be read: say it with --retention-days`,
      ...error.lines.map((line) => `  ${line.trim()}`),
    ];
    if (writes) throw new CliError(error.exit, ...lines);
    warn(lines);
    return DEFAULT;
  }
};

const deployedDays = async (deployment: Pick<Deployment, "environmentOf">): Promise<number> => {
  const { RETENTION_SESSIONS_DAYS: text = "" } = await deployment.environmentOf("Sessions");
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new CliError(EXIT.failed, "its function Sessions has no number of days");
  return Number(text);
};

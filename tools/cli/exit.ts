/** The exit status; `--help` and docs/cli.md list the same. */
export const EXIT = { ok: 0, failed: 1, usage: 2, denied: 3, notFound: 4, unavailable: 5 } as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** A command that failed: the lines for standard error, and the exit status. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exit: Exit;
  readonly lines: readonly string[];

  constructor(exit: Exit, ...lines: readonly string[]) {
    super(lines.join("\n"));
    this.exit = exit;
    this.lines = lines;
  }
}

/** The exit status for an HTTP status that is an error. */
export const exitOf = (status: number): Exit => {
  if (status === 400) return EXIT.usage;
  if (status === 401 || status === 403) return EXIT.denied;
  if (status === 404) return EXIT.notFound;
  return [429, 502, 503, 504].includes(status) ? EXIT.unavailable : EXIT.failed;
};

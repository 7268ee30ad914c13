/** The lines that a command prints; `ok` is false where it refused and changed nothing. */
export type Outcome = { ok: boolean; lines: string[] };

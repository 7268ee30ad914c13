/** What a command has to say; `ok` is false where it changed nothing. */
export type Outcome = { ok: boolean; lines: string[] };

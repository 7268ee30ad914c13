import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { System } from "./system.ts";

/** Asks for a line on the terminal. The end of the input (Ctrl-D) counts as an empty line. */
export const askLine = async (system: System, question: string): Promise<string> => {
  const answer = await answerOf(createInterface({ input: system.stdin, output: system.stderr }), question);
  if (answer === undefined) system.stderr.write("\n");
  return answer ?? "";
};

/** Asks for a secret: the typed text is not shown. */
export const askHidden = async (system: System, question: string): Promise<string> => {
  system.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = await answerOf(createInterface({ input: system.stdin, output: nowhere, terminal: true }), "");
  system.stderr.write("\n");
  return answer ?? "";
};

const answerOf = async (reader: ReturnType<typeof createInterface>, question: string): Promise<string | undefined> => {
  const closed = new Promise<undefined>((resolve) => reader.once("close", () => resolve(undefined)));
  const answer = await Promise.race([reader.question(question), closed]);
  reader.close();
  return answer?.trim();
};

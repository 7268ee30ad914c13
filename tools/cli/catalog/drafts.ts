import { validateSpec } from "../../../shared/policies/spec/validate.ts";
import { parseEntries, type YamlEntry } from "../../../shared/policies/yaml/parse.ts";
import { CliError, EXIT } from "../exit.ts";
import type { Fault } from "../problem.ts";
import { safe } from "../text.ts";
import { isSame, shownName } from "./family.ts";
import type { Source } from "./files.ts";

/** An entry of a file. */
export type Draft = YamlEntry & {
  /** Its file and line, for messages. */
  place: string;
  /** A message about a path of it, with file and line. */
  at: (fault: Fault) => string;
};

/**
 * The entries of the texts. Specs are checked here too, so that all faults of all files come at once, with their lines.
 * @throws CliError with every fault
 */
export const draftsOf = (
  sources: readonly Source[],
  allowUnknown: boolean,
  note: (line: string) => void,
): [Draft, ...Draft[]] => {
  const faults: string[] = [];
  const drafts: Draft[] = [];
  for (const { name, text } of sources) {
    const found = parseEntries(text);
    const lines: { line: number; text: string }[] = [];
    const report = (line: number, { path, message }: Fault): void =>
      void lines.push({ line, text: lineOf(name, line, path, message) });
    for (const fault of found.faults) report(fault.line, fault);
    for (const notice of found.notices) note(lineOf(name, notice.line, notice.path, notice.message));
    for (const { kind, spec, lineOf: at } of found.specs)
      for (const fault of validateSpec(kind, spec, { allowUnknown }).faults) report(at(fault.path), fault);
    for (const entry of found.entries) {
      const twin = drafts.find((draft) => isSame(draft, entry));
      if (twin !== undefined)
        report(entry.line, {
          path: "",
          message: `${entry.kind} ${shownName(entry)} is also at ${twin.place}. Remove one of them.`,
        });
      drafts.push({
        ...entry,
        place: safe(`${name}:${entry.line}`),
        at: ({ path, message }) => lineOf(name, entry.lineOf(path), path, message),
      });
    }
    faults.push(...lines.sort((one, other) => one.line - other.line).map((each) => each.text));
  }
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  const [first, ...others] = drafts;
  if (first === undefined)
    throw new CliError(EXIT.notFound, `No policy or profile in ${sources.map(({ name }) => safe(name)).join(", ")}.`);
  return [first, ...others];
};

const lineOf = (name: string, line: number, path: string, message: string): string =>
  safe(`${name}:${line}: ${path === "" ? "" : `${path}: `}${withOptions(message)}`);

// The message names the field of the API.
const withOptions = (message: string): string =>
  message.replace("Set allow_unknown", "Use --allow-unknown").replace("Set force", "Use --force");

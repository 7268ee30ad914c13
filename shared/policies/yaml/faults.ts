/** What is wrong in a text, at a line counted from 1. `path` is empty where the text as a whole is at fault. */
export type YamlFault = { line: number; path: string; message: string };

const MAX_FAULTS = 100;
const MAX_TEXT = 300;

/** A fault that repeats little of the text, whatever the text is. */
export const fault = (line: number, path: string, message: string): YamlFault => ({
  line,
  path: shortened(path),
  message: shortened(message),
});

/** Adds faults to a list as long as it is short enough to be read. */
export const addFaults = (list: YamlFault[], ...added: YamlFault[]): void => {
  for (const one of added.slice(0, MAX_FAULTS + 1 - list.length))
    list.push(list.length < MAX_FAULTS ? one : fault(one.line, "", "More faults are not listed. Fix these first."));
};

/** Whether a list of faults takes no more. */
export const isFull = (list: readonly YamlFault[]): boolean => list.length > MAX_FAULTS;

const shortened = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

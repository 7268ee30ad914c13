import { MAX_GLOB_LENGTH } from "../contract/fields.ts";

/** What is wrong with a glob, to complete "<path> …"; undefined for a good one. */
export const globFault = (glob: string): string | undefined => {
  if (glob === "") return "must not be empty";
  return glob.length > MAX_GLOB_LENGTH ? `must be at most ${MAX_GLOB_LENGTH} characters long` : undefined;
};

/**
 * Whether a whole text matches a glob, with the same case: `*` is any run of characters, `/` included, `?` is one code
 * point, and everything else is itself. It steps back to the last `*` alone, so the time is linear in the text.
 */
export const matchesGlob = (glob: string, text: string): boolean => {
  const [pattern, characters] = [Array.from(glob), Array.from(text)];
  let [at, read] = [0, 0];
  let star: { at: number; read: number } | undefined;
  while (read < characters.length) {
    if (pattern[at] === "*") {
      star = { at, read };
      at += 1;
    } else if (pattern[at] !== undefined && (pattern[at] === "?" || pattern[at] === characters[read])) {
      at += 1;
      read += 1;
    } else if (star !== undefined) {
      star.read += 1;
      at = star.at + 1;
      read = star.read;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
};

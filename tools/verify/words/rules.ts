/** A stretch of text that people read, and where it begins. Code inside it is already replaced by one word. */
export type Prose = { file: string; line: number; text: string };

/** A fault of the language, ready to print. */
export type WordFault = { file: string; line: number; message: string };

/** The most words of a sentence. The style asks for 25; this is where a reader certainly loses the thread. */
export const MOST_WORDS = 35;

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\btells\b/i, "reports, says or shows"],
  [/\btold\b/i, "reported, notified or said"],
  [/\bfor want of\b/i, "because … is missing"],
  [/\bmend(s|ed|ing)?\b/i, "fix"],
  [/\bby itself\b/i, "automatically, or alone"],
  [/\bwhoever\b/i, "the person who, or anyone who"],
  [/\bof whom\b/i, "a sentence of its own"],
  [/\bis meant\b/i, "the name of the thing"],
  [/\bso rather\b/i, "prefer"],
  [/\bruns? on(?=\s*([.!?;]|$))/i, "continue"],
];

/** The faults of one text: words that the style avoids, each with what to write, and sentences that are too long. */
export const wordFaults = ({ file, line, text }: Prose): WordFault[] => [
  ...WORDS.flatMap(([pattern, instead]) => {
    const found = pattern.exec(text);
    return found === null
      ? []
      : [{ file, line: lineAt(line, text, found.index), message: `"${found[0]}": write ${instead}` }];
  }),
  ...sentences(text).flatMap(({ at, words }) =>
    words > MOST_WORDS
      ? [{ file, line: lineAt(line, text, at), message: `a sentence of ${words} words: at most ${MOST_WORDS}` }]
      : [],
  ),
];

/** The sentences of a text, by where each begins and how many words it has. */
const sentences = (text: string): { at: number; words: number }[] =>
  [...text.matchAll(/\S[\s\S]*?(?:[.!?](?=["')\]*_]*(?:\s|$))|$)/g)].map((match) => ({
    at: match.index,
    words: match[0].split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length,
  }));

const lineAt = (first: number, text: string, index: number): number =>
  first + (text.slice(0, index).match(/\n/g)?.length ?? 0);

import { closure, type Positions, union } from "./position-sets.ts";
import { EITHER, type Possible, sure } from "./possible.ts";
import { parseRegex, type Regex } from "./regex-tree.ts";

/** Whether the pattern matches somewhere in the text. A pattern or a text that the dialects read differently can do either. */
export const regexFinds = (pattern: string, text: string): Possible => {
  const parsed = parseRegex(pattern);
  if (parsed === undefined) return EITHER;
  const points = [...text];
  if (parsed.ascii && points.some((point) => (point.codePointAt(0) ?? 0) > 127)) return EITHER;
  const anywhere = new Set(Array.from({ length: points.length + 1 }, (_, at) => at));
  return sure(ends(parsed.tree, anywhere, points).size > 0);
};

/** Where matches that begin at one of `from` end. */
const ends = (regex: Regex, from: Positions, points: readonly string[]): Positions => {
  switch (regex.is) {
    case "one":
      return new Set(
        [...from].filter((at) => at < points.length && regex.fits(points[at] as string)).map((at) => at + 1),
      );
    case "edge":
      return new Set([...from].filter((at) => regex.fits(points[at - 1], points[at])));
    case "sequence":
      return regex.parts.reduce((reached, part) => ends(part, reached, points), from);
    case "choice":
      return union(regex.parts.map((part) => ends(part, from, points)));
    case "repeat":
      return repeats(regex, from, points);
  }
};

const repeats = (
  { part, least, most }: Regex & { is: "repeat" },
  from: Positions,
  points: readonly string[],
): Positions => {
  const once = (positions: Positions): Positions => ends(part, positions, points);
  let reached = from;
  for (let done = 0; done < least; done += 1) reached = once(reached);
  if (most === Number.POSITIVE_INFINITY) return closure(reached, once);
  let all = reached;
  for (let done = least; done < most; done += 1) {
    reached = once(reached);
    all = union([all, reached]);
  }
  return all;
};

import { closure, type Positions } from "./position-sets.ts";

/** Whether the glob matches the whole text: `*` any run, `?` one code point, the rest as it is. */
export const globCovers = (glob: string, text: string): boolean => {
  const points = [...text];
  const over = (from: Positions, fits: (point: string) => boolean): Positions =>
    new Set([...from].filter((at) => at < points.length && fits(points[at] as string)).map((at) => at + 1));
  const end = [...glob].reduce<Positions>(
    (from, sign) => {
      if (sign === "*") return closure(from, (edge) => over(edge, () => true));
      return over(from, (point) => sign === "?" || point === sign);
    },
    new Set([0]),
  );
  return end.has(points.length);
};

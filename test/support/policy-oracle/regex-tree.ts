/** A regular expression of the subset that RE2, Rust and JavaScript read alike. */
export type Regex =
  | { is: "one"; fits: (point: string) => boolean }
  | { is: "edge"; fits: (before: string | undefined, after: string | undefined) => boolean }
  | { is: "sequence"; parts: Regex[] }
  | { is: "choice"; parts: Regex[] }
  | { is: "repeat"; part: Regex; least: number; most: number };

/** `ascii`: uses a class that the dialects define alike for ASCII texts only. */
export type Parsed = { tree: Regex; ascii: boolean };

const CLASSES: Record<string, (point: string) => boolean> = {
  d: (point) => /^[0-9]$/.test(point),
  w: (point) => /^[0-9A-Za-z_]$/.test(point),
  s: (point) => /^[\t\n\f\r ]$/.test(point),
};

const CONTROLS: Record<string, string> = { t: "\t", n: "\n", r: "\r", f: "\f" };

/** The tree of a pattern, or undefined for one that is not in the subset. */
export const parseRegex = (pattern: string): Parsed | undefined => {
  const points = [...pattern];
  let at = 0;
  let ascii = false;
  let outside = false;
  let ignoresCase = false;

  const ahead = (text: string): boolean => points.slice(at, at + text.length).join("") === text;
  const accept = (text: string): boolean => {
    if (!ahead(text)) return false;
    at += text.length;
    return true;
  };
  const literal = (wanted: string): ((point: string) => boolean) => {
    if (!ignoresCase) return (point) => point === wanted;
    return (point) => point.toLowerCase() === wanted.toLowerCase();
  };

  const choice = (): Regex => {
    const parts = [sequence()];
    while (accept("|")) parts.push(sequence());
    return parts.length === 1 ? (parts[0] as Regex) : { is: "choice", parts };
  };

  const sequence = (): Regex => {
    const parts: Regex[] = [];
    while (at < points.length && !outside && !ahead("|") && !ahead(")")) parts.push(repeated(atom()));
    return { is: "sequence", parts };
  };

  const repeated = (part: Regex): Regex => {
    const [least, most] = times();
    if (least === 1 && most === 1) return part;
    if (part.is === "edge") outside = true;
    accept("?");
    if (ahead("*") || ahead("+") || ahead("?") || ahead("{")) outside = true;
    return { is: "repeat", part, least, most };
  };

  const times = (): [number, number] => {
    if (accept("*")) return [0, Number.POSITIVE_INFINITY];
    if (accept("+")) return [1, Number.POSITIVE_INFINITY];
    if (accept("?")) return [0, 1];
    if (!ahead("{")) return [1, 1];
    const [whole, least, comma, most] = /^\{(\d+)(,)?(\d+)?\}/.exec(points.slice(at).join("")) ?? [];
    if (whole === undefined) {
      outside = true;
      return [1, 1];
    }
    at += whole.length;
    return [Number(least), most !== undefined ? Number(most) : comma ? Number.POSITIVE_INFINITY : Number(least)];
  };

  const atom = (): Regex => {
    if (accept("(?:") || (!ahead("(?") && accept("("))) {
      const inner = choice();
      if (!accept(")")) outside = true;
      return inner;
    }
    if (accept("^")) return { is: "edge", fits: (before) => before === undefined };
    if (accept("$")) return { is: "edge", fits: (_, after) => after === undefined };
    if (accept(".")) return { is: "one", fits: (point) => point !== "\n" };
    if (accept("[")) return { is: "one", fits: set() };
    if (accept("\\b")) return wordEdge(true);
    if (accept("\\B")) return wordEdge(false);
    if (accept("\\")) return { is: "one", fits: escaped() };
    const point = points[at] ?? "";
    if ("(*+?{}])".includes(point)) outside = true;
    at += 1;
    return { is: "one", fits: literal(point) };
  };

  const wordEdge = (wanted: boolean): Regex => {
    ascii = true;
    const isWord = (point: string | undefined): boolean =>
      point !== undefined && (CLASSES["w"] as (p: string) => boolean)(point);
    return { is: "edge", fits: (before, after) => (isWord(before) !== isWord(after)) === wanted };
  };

  const escaped = (): ((point: string) => boolean) => {
    const sign = points[at] ?? "";
    at += 1;
    const known = CLASSES[sign.toLowerCase()];
    if (known !== undefined) {
      ascii = true;
      return sign === sign.toLowerCase() ? known : (point) => !known(point);
    }
    return literal(escapedPoint(sign));
  };

  const escapedPoint = (sign: string): string => {
    const control = CONTROLS[sign];
    if (control !== undefined) return control;
    if (!/^[-.*+?()[\]{}|^$\\/:"'@%=,]$/.test(sign)) outside = true;
    return sign;
  };

  const set = (): ((point: string) => boolean) => {
    const negated = accept("^");
    const parts: ((point: string) => boolean)[] = [];
    while (!accept("]")) {
      if (at >= points.length || ahead("[") || ahead("&&") || ahead("--") || ahead("~~")) outside = true;
      if (outside) return () => false;
      parts.push(setPart());
    }
    if (parts.length === 0) outside = true;
    return (point) => parts.some((fits) => fits(point)) !== negated;
  };

  const setPart = (): ((point: string) => boolean) => {
    const isClass = ahead("\\") && CLASSES[(points[at + 1] ?? "").toLowerCase()] !== undefined;
    if (isClass) {
      at += 1;
      return escaped();
    }
    const from = setPoint();
    if (!ahead("-") || points[at + 1] === "]") return literal(from);
    at += 1;
    const to = setPoint();
    const within = (point: string): boolean =>
      (point.codePointAt(0) ?? 0) >= (from.codePointAt(0) ?? 0) &&
      (point.codePointAt(0) ?? 0) <= (to.codePointAt(0) ?? 0);
    if (!ignoresCase) return within;
    return (point) => within(point.toLowerCase()) || within(point.toUpperCase());
  };

  const setPoint = (): string => {
    if (accept("\\")) {
      at += 1;
      return escapedPoint(points[at - 1] ?? "");
    }
    at += 1;
    return points[at - 1] ?? "";
  };

  ignoresCase = accept("(?i)");
  const tree = choice();
  if (at < points.length) outside = true;
  return outside ? undefined : { tree, ascii };
};

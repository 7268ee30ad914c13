import type { Fault } from "../contract/problems.ts";
import { REPLACEMENT } from "../contract/utf8.ts";

export type Query = {
  /** Every value of every parameter, decoded. */
  parameters: URLSearchParams;
  /** The parameters that are not valid UTF-8. `URLSearchParams` puts replacement characters into them. */
  faults: readonly Fault[];
};

/** Reads a query as the URL has it, without its question mark. */
export const readQuery = (raw: string): Query => ({
  // With the question mark: the parser removes one, which could be part of a name.
  parameters: new URLSearchParams(`?${raw}`),
  faults: raw.split("&").flatMap(faultOf),
});

/** Makes a query of parameters that a front has decoded. It may have put replacement characters into them. */
export const decodedQuery = (pairs: readonly (readonly [name: string, value: string])[]): Query => {
  const parameters = new URLSearchParams();
  for (const [name, value] of pairs) parameters.append(name, value);
  return {
    parameters,
    faults: pairs.flatMap(([name, value]): Fault[] => {
      if (isText(name) && isText(value)) return [];
      if (!isText(name)) return [{ path: "query", message: "has a parameter whose name is not valid UTF-8" }];
      return [{ path: `query.${name}`, message: "is not valid UTF-8" }];
    }),
  };
};

const isText = (value: string): boolean => !value.includes(REPLACEMENT) && value.isWellFormed();

const faultOf = (pair: string): Fault[] => {
  if (isUtf8(pair)) return [];
  const name = pair.split("=")[0] ?? "";
  if (!isUtf8(name)) return [{ path: "query", message: "has a parameter whose name is not valid UTF-8" }];
  const [decoded = ""] = new URLSearchParams(`?${name}`).keys();
  return [{ path: `query.${decoded}`, message: "is not valid UTF-8" }];
};

// Characters around a run of escapes are ASCII, so the run itself must be whole characters. A replacement character that
// is not escaped comes from a front that could not decode the bytes it got.
const isUtf8 = (text: string): boolean => {
  if (!isText(text)) return false;
  return [...text.matchAll(/(?:%[0-9a-f]{2})+/gi)].every(([run]) => isDecodable(run));
};

const isDecodable = (run: string): boolean => {
  try {
    decodeURIComponent(run);
    return true;
  } catch {
    return false;
  }
};

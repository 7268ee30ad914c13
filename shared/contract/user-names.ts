/**
 * A user's name as it is compared and stored: without white space around it, and in Unicode's composed form (NFC). Case
 * stays, since `Ada` and `ada` are two users in Kubernetes. A name of nothing but white space stays as it is.
 */
export const userName = (name: string): string => {
  const trimmed = name.trim();
  return (trimmed === "" ? name : trimmed).normalize("NFC");
};

/** Groups of names that differ by upper and lower case only, each name once. Groups and names are sorted. */
export const namesDifferingByCase = (names: Iterable<string>): string[][] => {
  const groups = Map.groupBy(new Set(names), (name) => name.toLowerCase());
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => group.sort())
    .sort(([one = ""], [other = ""]) => (one < other ? -1 : 1));
};

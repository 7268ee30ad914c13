import type { BundledPackage } from "./bundled.ts";

const BEGIN = "<!-- packages -->";
const END = "<!-- /packages -->";

/** docs/third-party.md with its table of the packages that are deployed. Throws if the page has no place for it. */
export const withPackageTable = (page: string, packages: readonly BundledPackage[]): string => {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin)
    throw new Error(`docs/third-party.md has no place for the packages: ${BEGIN} … ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n${packageTable(packages)}\n${page.slice(end)}`;
};

const packageTable = (packages: readonly BundledPackage[]): string => {
  const rows = packages.map(
    ({ path, name, version, license, in: users }) =>
      `| \`${name}\`${nestedIn(path)} | ${version} | ${license} | ${usersText(users)} |`,
  );
  const licenses = [...Map.groupBy(packages, ({ license }) => license)]
    .map(([license, group]) => `${license} (${group.length})`)
    .sort();
  return `${packages.length} packages: ${licenses.join(", ")}.

| package | version | license | in |
|---|---|---|---|
${rows.join("\n")}`;
};

// A package may be bundled in several versions: its place distinguishes them.
const nestedIn = (path: string): string => {
  const outer = path
    .split("node_modules/")
    .slice(1, -1)
    .map((part) => part.replace(/\/$/, ""));
  return outer.length === 0 ? "" : ` in \`${outer.join(" > ")}\``;
};

const MANY = 8;

const usersText = (users: readonly string[]): string => {
  const isFunction = (user: string): boolean => user !== "agent" && user !== "page";
  const others = users.filter((user) => !isFunction(user));
  const functions = users.filter(isFunction);
  return [...others, ...(functions.length > MANY ? [`${functions.length} functions`] : functions)].join(", ");
};

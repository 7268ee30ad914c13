import fc from "fast-check";

/** Few names, so that rules meet sessions. */
export const NAMES = ["web", "api", "w-b", "web-2"] as const;
export const CONTAINERS = ["main", "lib-a", "lib"] as const;
export const NAMESPACES = ["prod", "dev"] as const;
export const PROFILES = ["quiet", "prod/quiet", "dev/loud"] as const;

const part = fc.constantFrom(
  "*",
  "?",
  "**",
  "w",
  "web",
  "api",
  "deploy",
  "pod",
  "/",
  "/container/",
  "main",
  "lib",
  "-2",
  "b",
);

/** Globs of target paths: those that people write, and any that the same parts can make. */
export const pathGlobs = fc.oneof(
  fc.constantFrom("*", "**", "deploy/*", "pod/*", "deploy/web", "deploy/we?", "*web*", "*/api", "?*/w?b", "targetless"),
  fc.constantFrom(
    "*/container/*",
    "*/container/lib*",
    "/container/*",
    "deploy/web/container/main",
    "deploy/*/container/?ain",
  ),
  fc.constantFrom(
    "deploy/web*",
    "label/*",
    "statefulset/*",
    "rollout/web",
    "job/*",
    "targetless*",
    "*/container/",
    "*/co*er/main",
  ),
  fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("")),
);

const piece = fc.constantFrom(
  "a",
  "b",
  "u",
  ":",
  " ",
  "1",
  ".",
  "[ab]",
  "[^a]",
  "[a-c1]",
  "(?:a|b)",
  "(ab|u)",
  "\\.",
  "^",
  "$",
);
const asciiPiece = fc.constantFrom("\\d", "\\w", "\\s", "\\b", "\\D", "\\W", "\\S", "\\B", "[\\w:]", "[^\\s]");
const times = fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "+?", "{2,}");
const isEdge = (text: string): boolean => ["^", "$", "\\b", "\\B"].includes(text);

const generated = fc
  .array(fc.tuple(fc.oneof({ weight: 4, arbitrary: piece }, { weight: 1, arbitrary: asciiPiece }), times), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.map(([text, repeat]) => (isEdge(text) ? text : text + repeat)).join(""));

/** Regular expressions of the common subset, and a few that are outside it. */
export const patterns = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("^user: .+", "user", "^us?er: [ab]+$", "(?i)USER", "a|b", "é", "^$", "(?:(?:a|b)+:)*1"),
  },
  { weight: 5, arbitrary: generated },
  { weight: 2, arbitrary: fc.tuple(generated, generated).map(([left, right]) => `${left}|(${right})+`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("(?=a)b", "(?!a).", "(?<=u)a", "(a)\\1", "[a&&b]", "[a-c--b]", "[a[b]]", "(?>a)"),
  },
);

const point = fc.constantFrom("a", "b", "u", ":", " ", "1", "c", "_");

/** Texts of header filters. */
export const headers = fc.oneof(
  fc.constantFrom("user: a", "user: ab1", "USER: b", "uer: b", "é: a", "user: é1"),
  fc.array(point, { maxLength: 6 }).map((points) => points.join("")),
);

/** Globs of variables, and variables. */
export const envGlobs = fc.constantFrom("*", "DB_*", "*_URL", "DB_UR?", "HOME", "db_*", "D?_URL");
export const envNames = fc.constantFrom("DB_URL", "DB_KEY", "HOME", "SELF_URL", "db_x");

/** Patterns of files, and files. */
export const filePatterns = fc.constantFrom(
  "^/etc/",
  ".+\\.json",
  "json$",
  "/app",
  "(?i)/APP",
  "^/app/[a-c]+",
  "(?=x)",
  "\\d",
);
export const filePaths = fc.constantFrom("/etc/hosts", "/app/a.json", "/app/b", "/é/1", "/x.JSON");

/** Ranges of addresses, patterns of host names, and connections. */
export const ranges = fc.constantFrom(
  "10.0.0.0/8",
  "10.1.0.0/16",
  "10.1.2.3/32",
  "0.0.0.0/0",
  "::/0",
  "fd00::/8",
  "fd00:1::/32",
);
export const hostPatterns = fc.constantFrom("^db\\.", "internal$", "example", "(?!db)", ".");
export const connections = fc.record(
  {
    hostname: fc.constantFrom("db.internal", "api.example.com", null),
    ip: fc.constantFrom("10.1.2.3", "10.1.9.9", "10.200.0.1", "192.0.2.1", "fd00::1", "fd00:1::2", "2001:db8::1", null),
    port: fc.constantFrom(80, 443, 53),
    protocol: fc.constantFrom("TCP" as const, "UDP" as const),
  },
  { requiredKeys: ["port", "protocol"], noNullPrototype: true },
);

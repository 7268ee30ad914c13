import fc from "fast-check";

/** Texts that have broken something somewhere: logs, terminals, paths, spreadsheets, queries, prototypes, encodings. */
export const HOSTILE_TEXTS: readonly string[] = [
  "",
  "\0",
  "a\r\nset-cookie: forged=1",
  'a\n{"level":"ERROR","message":"forged"}',
  '","level":"ERROR","message":"forged","x":"',
  "\u001b[2J\u001b[31mred",
  "\u009b31mred",
  "a\u2028b\u2029c",
  "\u202egnp.exe",
  "\ud800",
  "\udfff\ud800",
  "\ufeff",
  "\uffff",
  "__proto__",
  "constructor",
  "../../../../etc/passwd",
  "%2e%2e%2f",
  "%00",
  "%",
  "SESSION#s-1",
  "' OR '1'='1",
  "{{7*7}}<%= 7*7 %>",
  "<script>alert(1)</script>",
  '=HYPERLINK("http://x")',
  "9".repeat(400),
  "x".repeat(5_000),
  "é".repeat(200),
];

const deep = (depth: number): string => `${'{"a":['.repeat(depth)}${"]}".repeat(depth)}`;

/** JSON values as text, for not all of them can be made from a value: numbers beyond doubles, keys twice, depth. */
export const HOSTILE_JSON: readonly string[] = [
  "null",
  "true",
  "[]",
  "{}",
  "-0",
  "-1",
  "0.1",
  "1e999",
  "-1e999",
  "1e-999",
  "9007199254740993",
  "123456789012345678901234567890",
  "253402300800000",
  `1${"0".repeat(5_000)}`,
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"toString":1,"valueOf":1,"length":-1}',
  '[{"__proto__":[]}]',
  '"\\ud800"',
  '"\\u0000"',
  deep(200),
  `[${"[],".repeat(500)}[]]`,
  ...HOSTILE_TEXTS.map((text) => JSON.stringify(text)),
];

export const hostileText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 300 }) },
);

export const hostileJson = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_JSON) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
);

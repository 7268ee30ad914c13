import { PROBLEM_STATUS, type ProblemCode } from "../../shared/contract/problems.ts";
import { PROBLEM_DOCS } from "./problems.ts";

const INTRODUCTION = `Serves the license to mirrord operators, counts and enforces its seats across all clusters, and stores and reports
the usage of sessions.

**Times** are RFC 3339. Requests may use any offset; answers are in UTC, with milliseconds.

**Bodies** are JSON, uncompressed. The server ignores unknown fields of requests; clients must ignore unknown fields of answers. Null
for an optional field of a request counts as absent. Operator-facing bodies are \`snake_case\`, the usage report is \`camelCase\`. Lengths count UTF-16 code units.

**Query parameters**: an unknown parameter, or one that is given twice, is a 400 that names it.

**Credentials** are checked first, so a caller without one learns nothing about what exists. Operations without credentials
have an empty security requirement.

**Errors** are \`application/problem+json\` (RFC 9457). Branch on \`code\`, which is stable; \`detail\` is for people. For bad
input, \`errors\` lists all faults at once. An unknown path is a 404, an unknown method a 405 with \`Allow\`. A 429 or 503 has
\`Retry-After\`.

**API Gateway** itself answers throttled requests (429), bodies over 10 MB (413) and requests longer than 30 seconds (503 or 504).
Its body is \`{"message": "..."}\`, without \`code\`. Handlers give up after 25 seconds, so the last should not occur.

Every answer has \`x-request-id\`, which is also in the server's logs. No answer may be cached.
`;

/** The document's introduction, with the table of all error codes. */
export const description = (): string => {
  const rows = (Object.entries(PROBLEM_STATUS) as [ProblemCode, number][]).map(
    ([code, status]) => `| \`${code}\` | ${status} | ${PROBLEM_DOCS[code].when} |`,
  );
  return [unwrap(INTRODUCTION), ["| code | status | means |", "| --- | --- | --- |", ...rows].join("\n")].join("\n\n");
};

// The source is wrapped for readers; in Markdown a paragraph is one line.
const unwrap = (text: string): string =>
  text
    .trim()
    .split("\n\n")
    .map((paragraph) => paragraph.replaceAll("\n", " "))
    .join("\n\n");

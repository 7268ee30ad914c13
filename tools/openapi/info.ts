import { PROBLEM_STATUS, type ProblemCode } from "../../shared/contract/problems.ts";
import { PROBLEM_DOCS } from "./problems.ts";

const INTRODUCTION = `Hands the license to mirrord operators, counts and enforces its seats across all clusters, keeps what
sessions add up to, and reports it.

**Times** are RFC 3339. Requests may use any offset; answers are in UTC, with milliseconds.

**Bodies** are JSON, uncompressed. Unknown fields of a body are ignored, in requests and, please, by clients in answers. Null for
an optional field of a request counts as absent. Operator-facing bodies are \`snake_case\`, the usage report is \`camelCase\`. Lengths count UTF-16 code units.

**Query parameters**: an unknown one is a 400 that names it, and so is one given twice.

**Credentials** are checked before anything else is looked at, so a caller without one learns nothing about what exists.
Operations that take none say so with an empty security requirement.

**Errors** are \`application/problem+json\` (RFC 9457). Branch on \`code\`, which is stable; \`detail\` is for people. Bad input
is answered with all its faults at once, in \`errors\`. A path that is not listed here is a 404, another method of a listed
one a 405 with \`Allow\`. A 429 or 503 carries \`Retry-After\`.

**Not ours**: API Gateway itself answers its throttle (429), bodies over 10 MB (413) and requests longer than 30 seconds
(503 or 504), and its body is \`{"message": "..."}\`, without \`code\`. Handlers give up at 25 seconds, so the last should not be seen.

Every answer carries \`x-request-id\`, which stands in the server's logs too, and none may be cached.
`;

/** The document's introduction, with the table of all error codes. */
export const description = (): string => {
  const rows = (Object.entries(PROBLEM_STATUS) as [ProblemCode, number][]).map(
    ([code, status]) => `| \`${code}\` | ${status} | ${PROBLEM_DOCS[code].when} |`,
  );
  return [unwrap(INTRODUCTION), ["| code | status | means |", "| --- | --- | --- |", ...rows].join("\n")].join("\n\n");
};

// The source is wrapped for its reader; in Markdown a paragraph is one line.
const unwrap = (text: string): string =>
  text
    .trim()
    .split("\n\n")
    .map((paragraph) => paragraph.replaceAll("\n", " "))
    .join("\n\n");

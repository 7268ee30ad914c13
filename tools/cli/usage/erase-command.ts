import { erasePerson } from "../../../shared/data-care/erasure/erase.ts";
import {
  type Identifiers,
  identifiers,
  PERSON_FIELDS,
  type PersonField,
} from "../../../shared/data-care/erasure/person.ts";
import { type Survey, surveyPerson } from "../../../shared/data-care/erasure/survey.ts";
import { CliError, EXIT } from "../exit.ts";
import { asTyped, safe } from "../text.ts";
import type { OpenTable } from "./open-table.ts";
import type { CommonOptions } from "./options.ts";
import type { Printer } from "./printer.ts";

export type EraseOptions = CommonOptions & {
  kubernetesUsername?: string[];
  clientId?: string[];
  clientUsername?: string[];
  clientHostname?: string[];
  yes?: boolean;
};

const OPTION: Record<PersonField, string> = {
  machineId: "--client-id",
  kubernetesUsername: "--kubernetes-username",
  clientUsername: "--client-username",
  clientHostname: "--client-hostname",
};

/** Erases one person. @throws CliError where the answer is no, or something is left to do */
export const runErase = async (
  open: OpenTable,
  asked: Identifiers,
  options: Pick<EraseOptions, "yes">,
  print: Printer,
  isConfirmed: (question: string) => Promise<boolean>,
): Promise<void> => {
  const survey = await surveyPerson(open.scan, asked, open.pace.now());
  for (const line of previewOf(survey)) print.note(line);
  if (options.yes !== true && !(await isConfirmed("Replace these by pseudonyms permanently?")))
    throw new CliError(EXIT.failed, "Not confirmed: nothing was changed. Use --yes to confirm in scripts.");
  const { erased, live, left } = await erasePerson(open, asked, survey, (done) =>
    print.progress(`erasing: ${counts(done)}`),
  );
  print.result(`erased: ${counts(erased)}`);
  const leftOpen = [
    ...(live === 0 ? [] : [`${live} live sessions name the person. Run the same command again after they have ended.`]),
    ...left.map((key) => `The person is still named in ${key}.`),
  ];
  if (leftOpen.length > 0) throw new CliError(EXIT.failed, ...leftOpen);
};

/** The person that the options describe. @throws CliError where they describe nobody */
export const personIn = (options: EraseOptions): Identifiers => {
  const asked = identifiers({
    machineId: typed(options.clientId),
    kubernetesUsername: typed(options.kubernetesUsername),
    clientUsername: typed(options.clientUsername),
    clientHostname: typed(options.clientHostname),
  });
  if (PERSON_FIELDS.every((field) => asked[field].size === 0))
    throw new CliError(EXIT.usage, `No person specified. Use one or more of ${Object.values(OPTION).join(", ")}.`);
  return asked;
};

// As a list or a preview shows them.
const typed = (names: readonly string[] = []): string[] => names.map(asTyped);

const NOTHING = "nothing";

const previewOf = ({ items, identifiers: theirs, shared }: Survey): string[] => [
  `found: ${counts(items)}`,
  ...(counts(items) === NOTHING ? ["Identifiers must match completely, including upper and lower case."] : []),
  ...listed(theirs).map((line) => `to be replaced: ${line}`),
  ...listed(shared).map((line) => `kept, because others have it too: ${line}`),
];

const listed = (named: Identifiers): string[] =>
  PERSON_FIELDS.flatMap((field) => [...named[field]].map((value) => `${OPTION[field]} ${safe(value)}`));

const counts = (items: Partial<Record<string, number>>): string =>
  Object.entries(items)
    .filter(([, count]) => count !== undefined && count > 0)
    .map(([kind, count]) => `${count} ${kind}${count === 1 || kind === "audit" ? "" : "s"}`)
    .join(", ") || NOTHING;

import { erasePerson } from "../../../shared/data-care/erasure/erase.ts";
import {
  type Identifiers,
  identifiers,
  PERSON_FIELDS,
  type PersonField,
} from "../../../shared/data-care/erasure/person.ts";
import { type Survey, surveyPerson } from "../../../shared/data-care/erasure/survey.ts";
import { CliError, EXIT } from "../exit.ts";
import type { OpenTable } from "./open-table.ts";
import type { CommonOptions } from "./options.ts";
import type { Say } from "./say.ts";

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

/** Erases one person. @throws CliError where nobody was named, the answer is no, or something is left to do */
export const runErase = async (
  open: OpenTable,
  options: EraseOptions,
  say: Say,
  isSure: (question: string) => Promise<boolean>,
): Promise<void> => {
  const asked = askedFor(options);
  const survey = await surveyPerson(open.scan, asked, open.pace.now());
  for (const line of previewOf(survey)) say.remark(line);
  if (options.yes !== true && !(await isSure("Replace these by pseudonyms, for good?")))
    throw new CliError(EXIT.failed, "nothing was done");
  const { erased, live, left } = await erasePerson(open, asked, survey, (done) =>
    say.progress(`erasing: ${counts(done)}`),
  );
  say.out(`erased: ${counts(erased)}`);
  const leftOpen = [
    ...(live === 0 ? [] : [`${live} live sessions name the person: run the same again once they have ended`]),
    ...left.map((key) => `still named in ${key}`),
  ];
  if (leftOpen.length > 0) throw new CliError(EXIT.failed, ...leftOpen);
};

const askedFor = (options: EraseOptions): Identifiers => {
  const asked = identifiers({
    machineId: options.clientId ?? [],
    kubernetesUsername: options.kubernetesUsername ?? [],
    clientUsername: options.clientUsername ?? [],
    clientHostname: options.clientHostname ?? [],
  });
  if (PERSON_FIELDS.every((field) => asked[field].size === 0))
    throw new CliError(EXIT.usage, `whom? one or more of ${Object.values(OPTION).join(", ")}`);
  return asked;
};

const NOTHING = "nothing";

const previewOf = ({ items, identifiers: theirs, shared }: Survey): string[] => [
  `found: ${counts(items)}`,
  ...(counts(items) === NOTHING
    ? ["is it spelled as it is stored? Capitals count, and nothing is matched in part"]
    : []),
  ...listed(theirs).map((line) => `to be replaced: ${line}`),
  ...listed(shared).map((line) => `stays, others have it, too: ${line}`),
];

const listed = (named: Identifiers): string[] =>
  PERSON_FIELDS.flatMap((field) => [...named[field]].map((value) => `${OPTION[field]} ${value}`));

const counts = (items: Partial<Record<string, number>>): string =>
  Object.entries(items)
    .filter(([, count]) => count !== undefined && count > 0)
    .map(([kind, count]) => `${count} ${kind}${count === 1 || kind === "audit" ? "" : "s"}`)
    .join(", ") || NOTHING;

import type { Call } from "../command.ts";
import { confirm, needsAnswer } from "../confirm.ts";
import { CliError, EXIT } from "../exit.ts";
import { count, safe } from "../text.ts";
import { deletionsOf, putsOf, type Results, send } from "./changes.ts";
import { draftsOf } from "./drafts.ts";
import { type EntryName, type Family, isSame, namedEntry, shownName } from "./family.ts";
import { readSources } from "./files.ts";
import { differences, entryTable, resultTable, warningsOf } from "./tables.ts";

type Files = { filename: string[]; allowUnknown?: boolean; force?: boolean };

/** `apply`. */
export const apply = async (call: Call<Files>): Promise<void> => {
  const results = await sent(call, false);
  call.print({ results }, () => resultTable(results));
  warn(call, results);
};

/** `diff`. */
export const diff = async (call: Call<Files & { exitCode?: boolean }>): Promise<void> => {
  const results = await sent(call, true);
  call.print({ results }, () => differences(results, call.paint));
  warn(call, results);
  const changed = results.filter(({ outcome }) => outcome !== "unchanged").length;
  if (call.options.exitCode === true && changed > 0)
    throw new CliError(EXIT.failed, `${count(changed, "change")} would be made.`);
};

const warn = ({ warn: say }: Call<object>, results: Results): void => {
  for (const warning of warningsOf(results)) say(warning);
};

/** The results of sending the files' drafts. Nothing is sent if one of them has a fault. */
const sent = async (call: Call<Files>, dryRun: boolean): Promise<Results> => {
  const {
    options,
    system,
    connection: { api },
    progress,
    note,
  } = call;
  const drafts = draftsOf(await readSources(options.filename, system.stdin), options.allowUnknown ?? false, note);
  progress.report("Reading the catalog …");
  const { entries } = await api.catalog({});
  progress.done();
  return send(api, putsOf(drafts, entries, options), { dryRun, note });
};

type Named = { namespace?: string };

/** `delete`. */
export const remove =
  (family: Family) =>
  async (call: Call<Named & { filename?: string[]; yes?: boolean }>): Promise<void> => {
    const {
      args: [name],
      options,
    } = call;
    needsAnswer(call.system, options.yes ?? false);
    if (options.filename === undefined) return removeOne(call, namedEntry(family, name, options.namespace));
    if (name !== undefined) throw new CliError(EXIT.usage, "Use either a name or -f.");
    return removeMany(call, options.filename);
  };

type Remove = Call<{ yes?: boolean }>;

const removeOne = async (call: Remove, named: EntryName): Promise<void> => {
  const {
    options: { yes = false },
    system,
    connection,
    print,
    say,
  } = call;
  const entry = await connection.api.catalogEntry(named);
  const what = `${named.kind} ${safe(shownName(named))}`;
  if (!yes) system.stderr.write(`${entryTable([entry], system.now())}\n`);
  await confirm(system, `Delete ${what} at ${await connection.url()}? Agents remove it from their clusters.`, yes);
  await connection.api.catalogDelete(named, entry.etag);
  if (call.settings.output === "table") say(`${what} is deleted.`);
  else print({ ...named }, () => "");
};

const removeMany = async (call: Remove, filenames: string[]): Promise<void> => {
  const {
    options: { yes = false },
    system,
    connection,
    print,
    note,
  } = call;
  // What is only deleted need not be valid.
  const drafts = draftsOf(await readSources(filenames, system.stdin), true, note);
  const { entries } = await connection.api.catalog({});
  const changes = deletionsOf(drafts, entries);
  for (const draft of drafts)
    if (!changes.some((change) => change.draft === draft))
      note(`${draft.place}: ${draft.kind} ${safe(shownName(draft))} is not in the catalog.`);
  if (changes.length === 0) throw new CliError(EXIT.notFound, "Nothing to delete.");
  const affected = entries.filter((entry) => changes.some(({ draft }) => isSame(draft, entry)));
  if (!yes) system.stderr.write(`${entryTable(affected, system.now())}\n`);
  const what = changes.length === 1 ? "this entry" : `these ${changes.length} entries`;
  await confirm(system, `Delete ${what} at ${await connection.url()}? Agents remove them from their clusters.`, yes);
  const results = await send(connection.api, changes, { dryRun: false, note });
  print({ results }, () => resultTable(results));
};

/** `restore`. */
export const restore =
  (family: Family) =>
  async (call: Call<Named & { generation: string; force?: boolean; yes?: boolean }>): Promise<void> => {
    const {
      args: [name],
      options,
      system,
      connection,
      print,
    } = call;
    const { api } = connection;
    const yes = options.yes ?? false;
    needsAnswer(system, yes);
    const named = namedEntry(family, name, options.namespace);
    const generation = Number(options.generation);
    if (!/^\d+$/.test(options.generation) || generation < 1)
      throw new CliError(EXIT.usage, "--generation must be a whole number, as `history` lists it.");
    const [newest] = (await api.catalogHistory(named)).entries;
    if (newest === undefined)
      throw new CliError(EXIT.notFound, `No ${named.kind} was called ${safe(shownName(named))}.`);
    const question = `Restore generation ${generation} of ${named.kind} ${safe(shownName(named))}, which is at generation ${newest.generation}?`;
    await confirm(system, question, yes);
    // A deleted entry has no version to replace.
    const result = await api.catalogRestore(named, newest.deleted_at === null ? newest.etag : undefined, {
      generation,
      ...(options.force === true ? { force: true } : {}),
    });
    print(result, () => resultTable([result]));
    warn(call, [result]);
  };

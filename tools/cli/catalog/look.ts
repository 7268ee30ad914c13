import type { CatalogStatusResponse } from "../../../shared/contract/catalog-answers.ts";
import { SECOND_MS } from "../../../shared/contract/time.ts";
import { entriesToYaml, entryToYaml } from "../../../shared/policies/yaml/write.ts";
import type { Call } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";
import { count, safe, safeDocument } from "../text.ts";
import { type Family, isOf, namedEntry } from "./family.ts";
import { entryTable, historyTable, isInForce, statusText } from "./tables.ts";

type Named = { namespace?: string };

/** `ls`. */
export const list =
  (family: Family) =>
  async ({
    options: { namespace, cluster },
    connection,
    system,
    progress,
    print,
  }: Call<Named & { cluster?: string }>) => {
    const all = await connection.api.catalog({ cluster }, (so) => progress.report(`${so} entries …`));
    progress.done();
    const entries = all.entries.filter(
      (entry) => isOf(family, entry) && (namespace === undefined || entry.namespace === namespace),
    );
    const none = `No ${family.plural}${(namespace ?? cluster) ? " match" : ` yet. To add one: license-server ${family.noun} apply -f FILE`}.`;
    print({ ...all, entries }, () => (entries.length === 0 ? none : entryTable(entries, system.now())));
  };

/** `get`: YAML that `apply` reads, unless another format is asked for. */
export const get =
  (family: Family) =>
  async ({
    args: [name],
    options: { namespace },
    connection: { api },
    settings,
    print,
    note,
  }: Call<Named>): Promise<void> => {
    if (name === undefined) {
      const all = await api.catalog({});
      const entries = all.entries.filter(
        (entry) => isOf(family, entry) && (namespace === undefined || entry.namespace === namespace),
      );
      if (entries.length === 0 && settings.output === "table") return note(`No ${family.plural}.`);
      return print({ ...all, entries }, () => safeDocument(entriesToYaml(entries)).trimEnd());
    }
    const entry = await api.catalogEntry(namedEntry(family, name, namespace));
    return print(entry, () => safeDocument(entryToYaml(entry)).trimEnd());
  };

/** `history`. */
export const history =
  (family: Family) =>
  async ({ args: [name], options: { namespace }, connection: { api }, print }: Call<Named>): Promise<void> => {
    const found = await api.catalogHistory(namedEntry(family, name, namespace));
    print(found, () => historyTable(found));
  };

const LOOK_EVERY_MS = 5 * SECOND_MS;

/** `status`. */
export const status =
  (family: Family) =>
  async (call: Call<{ wait?: boolean; timeout: string }>): Promise<void> => {
    const {
      options,
      connection: { api },
      system,
      progress,
      print,
    } = call;
    const timeoutMs = secondsIn(options.timeout) * SECOND_MS;
    const until = system.now() + timeoutMs;
    let found = await api.catalogStatus();
    while (options.wait === true && !isInForce(found) && system.now() < until) {
      progress.report(waitingText(found));
      await system.sleep(Math.min(LOOK_EVERY_MS, until - system.now()));
      found = await api.catalogStatus();
    }
    progress.done();
    // An entry of the other kind may be why this one waits, so a wait counts all of them.
    const shown =
      options.wait === true ? found : { ...found, entries: found.entries.filter((entry) => isOf(family, entry)) };
    print(shown, () => statusText(shown, system.now()));
    if (options.wait === true && !isInForce(found))
      throw new CliError(EXIT.failed, `Not in force everywhere after ${count(timeoutMs / SECOND_MS, "second")}.`);
  };

const waitingText = ({ clusters, entries }: CatalogStatusResponse): string => {
  const waiting = clusters.filter(({ state }) => state !== "applied").length;
  if (clusters.length === 0) return "No cluster has an agent that applies the catalog yet …";
  return `${count(waiting, "cluster")} without the current revision, ${count(entries.length, "entry").replace(/ys$/, "ies")} not applied …`;
};

const secondsIn = (text: string): number => {
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds > 86_400)
    throw new CliError(EXIT.usage, `--timeout ${safe(text)}: use whole seconds, up to 86400.`);
  return seconds;
};

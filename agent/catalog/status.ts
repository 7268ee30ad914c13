import type { InferInput } from "valibot";
import {
  CATALOG_LIMITS,
  type CatalogState,
  type CatalogStatus as CatalogStatusBody,
  MAX_STATUS_MESSAGE,
} from "../../shared/contract/catalog.ts";
import { type EpochMs, formatTime } from "../../shared/contract/time.ts";
import { clean } from "../sessions/texts.ts";
import { type CatalogWaits, keyOf, type Name, type Trouble, type Verdict } from "./types.ts";

/** What the cluster has of the catalog, as heartbeats report it: the revision in force, and what is not applied. */
export type CatalogStatus = InferInput<typeof CatalogStatusBody>;

/** The status that the license server does not have, or must get again. */
export type StatusReports = {
  /** Undefined: there is nothing to report now. */
  waiting(): CatalogStatus | undefined;
  /** The license server has it. */
  delivered(status: CatalogStatus): void;
};

export type StatusBook = StatusReports & {
  /** Notes how the entries are. Returns whether there is something new to report. */
  note(
    head: { catalog_id: string; revision: number; state: CatalogState },
    verdicts: readonly (Name & Verdict)[],
  ): boolean;
};

export const createStatusBook = (now: () => EpochMs, { statusMs }: Pick<CatalogWaits, "statusMs">): StatusBook => {
  let since = new Map<string, { state: Trouble; at: EpochMs }>();
  let current: CatalogStatus | undefined;
  let text = "";
  let reportAt = 0;
  return {
    note: (head, verdicts) => {
      const next: typeof since = new Map();
      const entries = verdicts.flatMap(
        ({ kind, name, namespace, state, inForce, message }): CatalogStatus["entries"] => {
          if (state === "applied") return [];
          const key = keyOf({ kind, name, namespace });
          const before = since.get(key);
          const at = before?.state === state ? before.at : now();
          next.set(key, { state, at });
          const shown = clean(message, MAX_STATUS_MESSAGE);
          return [
            {
              ...{ kind, name, state, since: formatTime(at) },
              ...(namespace === null ? {} : { namespace }),
              ...(inForce === null || inForce === 0 ? {} : { generation_in_force: inForce }),
              ...(shown === undefined ? {} : { message: shown }),
            },
          ];
        },
      );
      since = next;
      const status = { ...head, entries: entries.slice(0, CATALOG_LIMITS.statusEntries) };
      const nextText = JSON.stringify(status);
      const isNew = nextText !== text;
      if (isNew) reportAt = 0;
      text = nextText;
      current = status;
      return isNew;
    },
    waiting: () => (now() >= reportAt ? current : undefined),
    // A later one may have been noted while this one was on its way.
    delivered: (status) => {
      if (JSON.stringify(status) === text) reportAt = now() + statusMs;
    },
  };
};

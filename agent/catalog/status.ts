import type { InferInput } from "valibot";
import {
  CATALOG_LIMITS,
  type CatalogState,
  type CatalogStatus as CatalogStatusBody,
  MAX_STATUS_MESSAGE,
} from "../../shared/contract/catalog.ts";
import { type EpochMs, formatTime } from "../../shared/contract/time.ts";
import { fields, list } from "../sessions/fields.ts";
import { clean } from "../sessions/texts.ts";
import { type CatalogWaits, keyOf, type Name, type Verdict } from "./types.ts";

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
  /** Since when the entries are as they are, as JSON data. */
  state(): unknown;
  /** Continues from what `state` returned before a restart. */
  restore(state: unknown): void;
};

export const createStatusBook = (now: () => EpochMs, { statusMs }: Pick<CatalogWaits, "statusMs">): StatusBook => {
  let since: Since = new Map();
  let current: CatalogStatus | undefined;
  let text = "";
  let reportAt = 0;
  return {
    note: (head, verdicts) => {
      const next: Since = new Map();
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
    state: () => [...since].map(([key, { state, at }]) => ({ key, state, at })),
    restore: (state) => {
      since = sinceIn(state);
    },
    waiting: () => (now() >= reportAt ? current : undefined),
    // A later one may have been noted while this one was on its way.
    delivered: (status) => {
      if (JSON.stringify(status) === text) reportAt = now() + statusMs;
    },
  };
};

type Since = Map<string, { state: string; at: EpochMs }>;

const sinceIn = (state: unknown): Since =>
  new Map(
    list(state).flatMap((each) => {
      const { key, state: entryState, at } = fields(each);
      return typeof key === "string" && typeof entryState === "string" && typeof at === "number"
        ? [[key, { state: entryState, at }] as const]
        : [];
    }),
  );

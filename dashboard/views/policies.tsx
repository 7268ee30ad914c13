import { useEffect, useRef, useState } from "preact/hooks";
import { Panel } from "../components/basics.tsx";
import { Loaded, Loading } from "../components/loaded.tsx";
import { useAllowed } from "../components/permission.ts";
import { PolicyEditor } from "../components/policy-editor.tsx";
import { PolicyHistory } from "../components/policy-history.tsx";
import { PolicyList } from "../components/policy-list.tsx";
import { PolicyClusters, PolicyPlaces } from "../components/policy-places.tsx";
import { type Catalog, useCatalog, useCatalogStatus } from "../data/catalog.ts";
import { useDashboard } from "../data/context.ts";
import { mayRefresh, type Resource } from "../data/resource.ts";
import { type Entry, isMoving } from "../model/catalog.ts";
import { keyOf, TEMPLATES } from "../model/policy-text.ts";

/** How often the clusters' states are read: often while a change is on its way. */
const MOVING_SECONDS = 5;
const RESTING_SECONDS = 30;

/** The catalog of policies and profiles: its entries, where they are in force, and an editor. */
export const PoliciesView = () => {
  const { place, goTo } = useDashboard();
  const catalog = useCatalog();
  const status = useCatalogStatus();
  useRefresh(status, status.value !== undefined && isMoving(status.value) ? MOVING_SECONDS : RESTING_SECONDS);
  const { entry: opened, ...rest } = place.rest;
  const open = (entry: string | undefined) => goTo({ rest: entry === undefined ? rest : { ...rest, entry } });
  const template = TEMPLATE_NAMES.find((name) => opened === NEW + name);
  const changed = (): void => {
    catalog.reload();
    status.reload();
  };
  if (opened === undefined) return <CatalogList catalog={catalog} status={status} onNew={(name) => open(NEW + name)} />;
  return (
    <Loaded resource={catalog} what="policies">
      {({ entries }) => {
        const entry = entries.find((each) => keyOf(each) === opened);
        // A new entry is in the next response.
        if (entry === undefined && template === undefined && catalog.loading) return <Loading what="policies" />;
        if (entry === undefined && template === undefined)
          return (
            <div class="notice">
              <p>
                The catalog has no entry of this name.{" "}
                <button type="button" class="small" onClick={() => open(undefined)}>
                  Back to the list
                </button>
              </p>
            </div>
          );
        return (
          <Opened
            key={opened}
            entry={entry}
            template={template ?? "policy"}
            entries={entries}
            status={status}
            onChanged={changed}
            onOpen={open}
          />
        );
      }}
    </Loaded>
  );
};

const NEW = "new ";
const TEMPLATE_NAMES = Object.keys(TEMPLATES) as (keyof typeof TEMPLATES)[];

const useRefresh = (resource: Resource<unknown>, seconds: number): void => {
  // A reference, so that a new response does not restart the timer.
  const latest = useRef(resource);
  latest.current = resource;
  useEffect(() => {
    const timer = setInterval(() => {
      // A hidden page needs no refresh, and every request costs money.
      if (!document.hidden && mayRefresh(latest.current)) latest.current.reload();
    }, seconds * 1_000);
    return () => clearInterval(timer);
  }, [seconds]);
};

type Status = ReturnType<typeof useCatalogStatus>;

type CatalogListProps = {
  catalog: Resource<Catalog>;
  status: Status;
  onNew: (template: keyof typeof TEMPLATES) => void;
};

const CatalogList = ({ catalog, status, onNew }: CatalogListProps) => {
  const allowed = useAllowed("catalogApply");
  const tools = allowed ? (
    <span class="buttons">
      {TEMPLATE_NAMES.map((name) => (
        <button key={name} type="button" class="small" onClick={() => onNew(name)}>
          New {name}
        </button>
      ))}
    </span>
  ) : undefined;
  return (
    <>
      <Panel
        title="Catalog"
        tools={tools}
        note="Policies limit what sessions may do; profiles preset it. The agent of each cluster applies the entries for its cluster."
      >
        <Loaded resource={catalog} what="policies">
          {({ entries }) => (
            <PolicyList
              entries={entries}
              status={status.value}
              empty={
                allowed
                  ? "No policies or profiles yet. Choose New policy, or run license-server policy apply."
                  : "No policies or profiles yet."
              }
            />
          )}
        </Loaded>
      </Panel>
      <Panel title="Clusters" note="Each with an agent that applies the catalog.">
        <Loaded resource={status} what="the state of the clusters">
          {(value) => <PolicyClusters status={value} />}
        </Loaded>
      </Panel>
    </>
  );
};

type OpenedProps = {
  entry: Entry | undefined;
  template: keyof typeof TEMPLATES;
  entries: readonly Entry[];
  status: Status;
  onChanged: () => void;
  onOpen: (key: string | undefined) => void;
};

const Opened = ({ entry, template, entries, status, onChanged, onOpen }: OpenedProps) => {
  const [shown, setShown] = useState<Entry>();
  return (
    <>
      <PolicyEditor
        entry={entry}
        template={template}
        entries={entries}
        shown={shown}
        onSaved={(key) => {
          onChanged();
          onOpen(key);
        }}
        onDeleted={() => {
          onChanged();
          onOpen(undefined);
        }}
        onClose={() => onOpen(undefined)}
      />
      {entry !== undefined && (
        <>
          <Panel title="Where it is in force">
            <Loaded resource={status} what="the state of the clusters">
              {(value) => <PolicyPlaces entry={entry} status={value} />}
            </Loaded>
          </Panel>
          <Panel title="History">
            <PolicyHistory
              entry={entry}
              onShow={setShown}
              onRestored={() => {
                setShown(undefined);
                onChanged();
              }}
            />
          </Panel>
        </>
      )}
    </>
  );
};

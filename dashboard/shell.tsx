import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Choice } from "./components/basics.tsx";
import { type Theme, useDashboard } from "./data/context.ts";
import { RANGES, rangeTitle } from "./model/period.ts";
import { fragmentOf, USER_KEYS, VIEWS, type View } from "./model/place.ts";
import { LicenseView } from "./views/license.tsx";
import { LiveView } from "./views/live.tsx";
import { RoiView } from "./views/roi.tsx";
import { SeatsView } from "./views/seats.tsx";
import { TargetsView } from "./views/targets.tsx";
import { UsageView } from "./views/usage.tsx";
import { UsersView } from "./views/users.tsx";

const COMPONENTS: Record<View, ComponentType> = {
  usage: UsageView,
  users: UsersView,
  targets: TargetsView,
  live: LiveView,
  seats: SeatsView,
  license: LicenseView,
  roi: RoiView,
};

/** The views that are of a range, and those that tell users apart. */
const WITH_RANGE: readonly View[] = ["usage", "users", "targets", "seats"];
const WITH_USER_KEY: readonly View[] = ["usage", "users", "targets"];

type ShellProps = {
  updatedAt: number | undefined;
  announcement: string;
  onRefresh: () => void;
  onTheme: (theme: Theme) => void;
  onSignOut: () => void;
};

/** What stands around every view: where one can go, how fresh the data is, and who is signed in. */
export const Shell = (props: ShellProps) => {
  const { place, formats } = useDashboard();
  const main = useRef<HTMLElement>(null);
  const title = VIEWS.find(({ id }) => id === place.view)?.title ?? "";
  const first = useRef(true);
  useEffect(() => {
    document.title = `${title} – mirrord license server`;
    // Following a link moves the focus to what it led to; the first view has not been asked for.
    if (!first.current) {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    first.current = false;
  }, [title]);
  const View = COMPONENTS[place.view];
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Head {...props} />
      <main ref={main} tabIndex={-1} aria-labelledby="view-title">
        <div class="view-head">
          <h1 id="view-title">{title}</h1>
          <Filters />
        </div>
        <View key={place.view} />
      </main>
      <ZoneNote zone={formats.zone(Date.now())} />
      <p class="visually-hidden" role="status" aria-live="polite">
        {props.announcement}
      </p>
    </>
  );
};

const ZoneNote = ({ zone }: { zone: string }) => (
  <footer class="foot">
    {zone === "UTC" ? "Times are in UTC." : `Times are in ${zone}; what is told by day is in UTC.`}
  </footer>
);

const Head = ({ updatedAt, onRefresh, onTheme, onSignOut }: ShellProps) => {
  const { place, theme, formats, grant } = useDashboard();
  const other = theme === "dark" ? "light" : "dark";
  const current = useRef<HTMLAnchorElement>(null);
  // On a phone the links are wider than the screen.
  useEffect(() => current.current?.scrollIntoView({ block: "nearest", inline: "center" }), [place.view]);
  return (
    <header class="head">
      <p class="brand">mirrord license server</p>
      <nav aria-label="Views">
        <ul>
          {VIEWS.map(({ id, title }) => (
            <li key={id}>
              <a
                href={fragmentOf({ ...place, view: id, rest: id === place.view ? place.rest : {} })}
                ref={id === place.view ? current : null}
                aria-current={id === place.view ? "page" : undefined}
              >
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="head-tools">
        <span class="updated">
          {updatedAt !== undefined && (
            <>
              Updated{" "}
              <time title={formats.utc(updatedAt)}>
                <span class={formats.date(updatedAt) === formats.date(Date.now()) ? "on-paper" : undefined}>
                  {formats.date(updatedAt)},{" "}
                </span>
                {formats.clock(updatedAt)}
              </time>
            </>
          )}
        </span>
        <button type="button" class="small" onClick={onRefresh}>
          Sync
        </button>
        <button type="button" class="small" onClick={() => onTheme(other)} aria-label={`Use the ${other} theme`}>
          <span aria-hidden="true">{theme === "dark" ? "☀" : "☾"}</span>
        </button>
        <button type="button" class="small" onClick={onSignOut} title={grant?.subject}>
          Sign out
        </button>
      </div>
    </header>
  );
};

const Filters = () => {
  const { place, goTo } = useDashboard();
  const [byUser, ofRange] = [WITH_USER_KEY.includes(place.view), WITH_RANGE.includes(place.view)];
  const told = [
    ...(ofRange ? [rangeTitle(place.range)] : []),
    ...(byUser ? [`users by ${USER_KEYS.find(({ id }) => id === place.by)?.title ?? ""}`] : []),
  ];
  return (
    <div class="filters">
      <p class="on-paper">{told.join(", ")}</p>
      {byUser && (
        <label>
          Users by{" "}
          <select
            value={place.by}
            onChange={(event) => {
              const key = USER_KEYS.find(({ id }) => id === event.currentTarget.value);
              if (key !== undefined) goTo({ by: key.id });
            }}
          >
            {USER_KEYS.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
      )}
      {ofRange && (
        <Choice
          label="Time range"
          options={RANGES.map((id) => ({ id, title: id === "all" ? "All" : `${id}d` }))}
          chosen={place.range}
          onChoose={(range) => goTo({ range })}
        />
      )}
    </div>
  );
};

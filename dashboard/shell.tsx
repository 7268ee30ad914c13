import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { LicenseBanner } from "./components/license-banner.tsx";
import { RangeChoice } from "./components/range-choice.tsx";
import { type Theme, useDashboard } from "./data/context.ts";
import { rangeTitle } from "./model/period.ts";
import { fragmentOf, USER_KEYS, VIEWS, type View } from "./model/place.ts";
import { LicenseView } from "./views/license.tsx";
import { LiveView } from "./views/live.tsx";
import { PoliciesView } from "./views/policies.tsx";
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
  policies: PoliciesView,
  license: LicenseView,
  roi: RoiView,
};

/** The views with a time range, and those that list users by a key. */
const WITH_RANGE: readonly View[] = ["usage", "users", "targets"];
const WITH_USER_KEY: readonly View[] = ["usage", "users", "targets"];

type ShellProps = {
  updatedAt: number | undefined;
  announcement: string;
  onRefresh: () => void;
  onTheme: (theme: Theme) => void;
  onSignOut: () => void;
};

/** The frame of every view: navigation, banner, age of the data, sign-out. */
export const Shell = (props: ShellProps) => {
  const { place, formats } = useDashboard();
  const main = useRef<HTMLElement>(null);
  const title = VIEWS.find(({ id }) => id === place.view)?.title ?? "";
  const first = useRef(true);
  useEffect(() => {
    document.title = `${title} – mirrord license server`;
    // Following a link moves the focus to the new view; opening the page does not.
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
        Skip to content
      </button>
      <Header {...props} />
      <main ref={main} tabIndex={-1} aria-labelledby="view-title">
        <div class="view-header">
          <h1 id="view-title">{title}</h1>
          <Filters />
        </div>
        {place.view !== "license" && <LicenseBanner key={`banner ${place.view}`} />}
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
  <footer class="footer">{zone === "UTC" ? "Times are in UTC." : `Times are in ${zone}. Days are in UTC.`}</footer>
);

const Header = ({ updatedAt, onRefresh, onTheme, onSignOut }: ShellProps) => {
  const { place, theme, formats, grant } = useDashboard();
  const other = theme === "dark" ? "light" : "dark";
  const current = useRef<HTMLAnchorElement>(null);
  // On a phone the navigation is wider than the screen: keep the current link visible.
  useEffect(() => current.current?.scrollIntoView({ block: "nearest", inline: "center" }), [place.view]);
  return (
    <header class="header">
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
      <div class="header-tools">
        <span class="updated">
          {updatedAt !== undefined && (
            <>
              Updated{" "}
              <time title={formats.utc(updatedAt)}>
                {/* On a screen the date matters only when it is not today. */}
                <span class={formats.date(updatedAt) === formats.date(Date.now()) ? "print-only" : undefined}>
                  {formats.date(updatedAt)},{" "}
                </span>
                {formats.clock(updatedAt)}
              </time>
            </>
          )}
        </span>
        <button type="button" class="small" onClick={onRefresh}>
          Refresh
        </button>
        <button type="button" class="small" onClick={() => onTheme(other)} aria-label={`Switch to ${other} theme`}>
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
  const [hasUserKey, hasRange] = [WITH_USER_KEY.includes(place.view), WITH_RANGE.includes(place.view)];
  const chosen = [
    ...(hasRange ? [rangeTitle(place.range)] : []),
    ...(hasUserKey ? [`users by ${USER_KEYS.find(({ id }) => id === place.by)?.title ?? ""}`] : []),
  ];
  return (
    <div class="filters">
      <p class="print-only">{chosen.join(", ")}</p>
      {hasUserKey && (
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
      {hasRange && <RangeChoice />}
    </div>
  );
};

import { useMemo } from "preact/hooks";
import type { UsageReport } from "../../shared/contract/responses.ts";
import { Panel, Time } from "../components/basics.tsx";
import { Empty, Loaded, Loading } from "../components/loaded.tsx";
import { type Mark, rangeOf, ScatterPlot } from "../components/scatter-plot.tsx";
import { type Column, Table } from "../components/table.tsx";
import { useDashboard } from "../data/context.ts";
import { useUsageReport } from "../data/resources.ts";
import { isolated } from "../model/format.ts";
import type { User } from "../model/usage.ts";

/** The users of mirrord: sessions, session time, first and last activity. */
export const UsersView = () => {
  const { place } = useDashboard();
  const report = useUsageReport(place.range, place.by);
  return (
    <>
      <div class="halves">
        <Panel title="Duration and count" note="One bubble per user. A larger bubble means more total time.">
          <Loaded resource={report} what="the usage report" skeleton={CHART_SKELETON}>
            {(value) => <DurationPlot report={value} />}
          </Loaded>
        </Panel>
        <Panel title="User timeline" note="First to last activity of each user.">
          <Loaded resource={report} what="the usage report" skeleton={CHART_SKELETON}>
            {(value) => <Timeline report={value} />}
          </Loaded>
        </Panel>
      </div>
      <Panel title="User metrics">
        <Loaded resource={report} what="the usage report">
          {(value) => <UserTable users={value.userMetrics} />}
        </Loaded>
      </Panel>
    </>
  );
};

const CHART_SKELETON = <Loading what="the usage report" chart="scatter-plot" />;
const NO_SESSIONS = "No sessions ended in this range.";

const DurationPlot = ({ report }: { report: UsageReport }) => {
  const { formats } = useDashboard();
  const users = report.userMetrics;
  const marks = useMemo(() => durationMarks(users, formats), [users, formats]);
  if (users.length === 0) return <Empty>{NO_SESSIONS}</Empty>;
  return (
    <ScatterPlot
      title="Duration and count"
      summary={`${formats.count(users.length, "user")} by sessions and mean duration. The table "User metrics" lists the figures.`}
      x={{ title: "Sessions", ...rangeOf(marks.map((mark) => mark.x)), labels: (values) => values.map(formats.number) }}
      y={{
        title: "Mean duration",
        ...rangeOf(marks.map((mark) => mark.y)),
        labels: (values) => values.map(formats.duration),
        seconds: "durations",
      }}
      marks={marks}
      hint="Point at a bubble to see the user."
    />
  );
};

type Formats = ReturnType<typeof useDashboard>["formats"];

const durationMarks = (users: readonly User[], formats: Formats): Mark[] => {
  const longest = users.reduce((most, user) => Math.max(most, user.totalSessionTimeSeconds), 1);
  return users.map((user) => ({
    x: user.totalSessionCount,
    y: user.averageSessionDurationSeconds,
    size: user.totalSessionTimeSeconds / longest,
    label: `${isolated(user.identifier)}: ${formats.count(user.totalSessionCount, "session")} of ${formats.duration(user.averageSessionDurationSeconds)} on average, ${formats.duration(user.totalSessionTimeSeconds)} in total`,
  }));
};

const Timeline = ({ report }: { report: UsageReport }) => {
  const { formats } = useDashboard();
  const users = report.userMetrics;
  const marks = useMemo(() => timelineMarks(users, formats), [users, formats]);
  const first = marks[0];
  if (first === undefined) return <Empty>{NO_SESSIONS}</Empty>;
  const last = highest(marks, (mark) => mark.endX ?? mark.x);
  const padding = Math.max(1_800, (last - first.x) * 0.02);
  return (
    <ScatterPlot
      title="User timeline"
      summary={`First and last activity of ${formats.count(users.length, "user")}, ${formats.date(first.x * 1_000)} to ${formats.date(last * 1_000)}. The table "User metrics" lists the dates.`}
      x={{ title: "", from: first.x - padding, to: last + padding, seconds: "moments", labels: formats.axisLabels }}
      y={{ title: `${formats.count(users.length, "user")}, newest on top`, from: -1, to: users.length, hidden: true }}
      marks={marks}
      hint="Point at a bar to see the user."
    />
  );
};

const timelineMarks = (users: readonly User[], formats: Formats): Mark[] =>
  users
    .map((user) => ({ user, from: Date.parse(user.firstActive) / 1_000, to: Date.parse(user.lastSeen) / 1_000 }))
    .sort((a, b) => a.from - b.from)
    .map(({ user, from, to }, index) => ({
      x: from,
      endX: to,
      y: index,
      size: 0,
      label: `${isolated(user.identifier)}: ${formats.date(user.firstActive)} to ${formats.date(user.lastSeen)}`,
    }));

const highest = (marks: readonly Mark[], value: (mark: Mark) => number): number =>
  marks.reduce((most, mark) => Math.max(most, value(mark)), 1);

const UserTable = ({ users }: { users: readonly User[] }) => {
  const { formats } = useDashboard();
  const columns: Column<User>[] = [
    { id: "user", title: "User", value: (user) => user.identifier },
    {
      id: "first",
      title: "First active",
      value: (user) => user.firstActive,
      show: (user) => <Time at={user.firstActive} />,
    },
    { id: "last", title: "Last seen", value: (user) => user.lastSeen, show: (user) => <Time at={user.lastSeen} /> },
    {
      id: "sessions",
      title: "Sessions",
      numeric: true,
      value: (user) => user.totalSessionCount,
      show: (user) => formats.number(user.totalSessionCount),
    },
    {
      id: "time",
      title: "Total time",
      unit: "seconds",
      numeric: true,
      value: (user) => user.totalSessionTimeSeconds,
      show: (user) => formats.duration(user.totalSessionTimeSeconds),
    },
    {
      id: "mean",
      title: "Mean duration",
      unit: "seconds",
      numeric: true,
      value: (user) => user.averageSessionDurationSeconds,
      show: (user) => formats.duration(user.averageSessionDurationSeconds),
    },
    {
      id: "daily",
      title: "Sessions/day",
      numeric: true,
      value: (user) => user.averageDailySessions,
      show: (user) => formats.rate(user.averageDailySessions),
    },
  ];
  return (
    <Table
      name="users"
      caption="User metrics"
      columns={columns}
      rows={users}
      rowKey={(user) => user.identifier}
      sort={{ column: "time", direction: "descending" }}
      empty={NO_SESSIONS}
    />
  );
};

import { useMemo } from "preact/hooks";
import type { UsageReport } from "../../shared/contract/responses.ts";
import { Panel, Time } from "../components/basics.tsx";
import { Empty, Part } from "../components/loaded.tsx";
import { FieldPlot, type Mark, rangeOf } from "../components/scatter-plot.tsx";
import { type Column, Table } from "../components/table.tsx";
import { useDashboard } from "../data/context.ts";
import { useUsageReport } from "../data/resources.ts";
import { isolated } from "../model/format.ts";
import type { User } from "../model/usage.ts";

/** Who uses mirrord, how often, how long, and since when. */
export const UsersView = () => {
  const { place } = useDashboard();
  const report = useUsageReport(place.range, place.by);
  return (
    <>
      <div class="halves">
        <Panel title="Session Duration vs. Count" note="A bubble for each user; the larger, the more total time.">
          <Part resource={report} what="the usage report">
            {(value) => <DurationPlot report={value} />}
          </Part>
        </Panel>
        <Panel title="User Timeline" note="From the first activity of each user to the last.">
          <Part resource={report} what="the usage report">
            {(value) => <Timeline report={value} />}
          </Part>
        </Panel>
      </div>
      <Panel title="User Metrics">
        <Part resource={report} what="the usage report">
          {(value) => <UserTable users={value.userMetrics} />}
        </Part>
      </Panel>
    </>
  );
};

const DurationPlot = ({ report }: { report: UsageReport }) => {
  const { formats } = useDashboard();
  const users = report.userMetrics;
  const marks = useMemo(() => durationMarks(users, formats), [users, formats]);
  if (users.length === 0) return <Empty>No session has ended in this range.</Empty>;
  return (
    <FieldPlot
      title="Session Duration vs. Count"
      summary={`${formats.count(users.length, "user")} by sessions and mean duration. The table User Metrics has the figures.`}
      x={{ title: "Sessions", ...rangeOf(marks.map((mark) => mark.x)), marks: (values) => values.map(formats.number) }}
      y={{
        title: "Mean duration",
        ...rangeOf(marks.map((mark) => mark.y)),
        marks: (values) => values.map(formats.duration),
        seconds: "durations",
      }}
      marks={marks}
      hint="Point at a bubble to see whose it is."
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
  if (first === undefined) return <Empty>No session has ended in this range.</Empty>;
  const last = highest(marks, (mark) => mark.endX ?? mark.x);
  const air = Math.max(1_800, (last - first.x) * 0.02);
  return (
    <FieldPlot
      title="User Timeline"
      summary={`First and last activity of ${formats.count(users.length, "user")}, ${formats.date(first.x * 1_000)} to ${formats.date(last * 1_000)}. The table User Metrics has the dates.`}
      x={{ title: "", from: first.x - air, to: last + air, seconds: "moments", marks: formats.marks }}
      y={{ title: `${formats.count(users.length, "user")}, newest on top`, from: -1, to: users.length, hidden: true }}
      marks={marks}
      hint="Point at a bar to see whose it is."
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
    { id: "user", title: "Identifier", value: (user) => user.identifier },
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
      numeric: true,
      value: (user) => user.totalSessionTimeSeconds,
      show: (user) => formats.duration(user.totalSessionTimeSeconds),
    },
    {
      id: "mean",
      title: "Mean duration",
      numeric: true,
      value: (user) => user.averageSessionDurationSeconds,
      show: (user) => formats.duration(user.averageSessionDurationSeconds),
    },
    {
      id: "daily",
      title: "Mean daily sessions",
      numeric: true,
      value: (user) => user.averageDailySessions,
      show: (user) => formats.rate(user.averageDailySessions),
    },
  ];
  return (
    <Table
      name="users"
      caption="User Metrics"
      columns={columns}
      rows={users}
      rowKey={(user) => user.identifier}
      sort={{ column: "time", direction: "descending" }}
      empty="No session has ended in this range."
    />
  );
};

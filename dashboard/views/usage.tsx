import { useMemo, useState } from "preact/hooks";
import type { TrendDay, UsageReport, UsageTrends } from "../../shared/contract/responses.ts";
import { Badge, Card, Choice, Name, Panel, ShareBar, Sparkline, Time } from "../components/basics.tsx";
import { Loaded, Loading } from "../components/loaded.tsx";
import { SeatCard } from "../components/seat-card.tsx";
import { type Column, Table } from "../components/table.tsx";
import { TREND_MEASURES, TrendChart, type TrendMeasure } from "../components/trend-chart.tsx";
import { useDashboard } from "../data/context.ts";
import type { Resource } from "../data/resource.ts";
import { useSeatNumbers, useTrends, useUsageReport } from "../data/resources.ts";
import { rangeTitle } from "../model/period.ts";
import {
  type Activity,
  ciPeakOf,
  type MachineSessions as MachineSessionRow,
  sinceFirstUse,
  summarize,
  targetName,
} from "../model/usage.ts";

/** The usage of mirrord in a range: key figures, the trend, and users with their targets. */
export const UsageView = () => {
  const { place } = useDashboard();
  const report = useUsageReport(place.range, place.by);
  const trends = useTrends(place.range);
  return (
    <>
      <Cards report={report} days={trends.value?.days ?? []} />
      <TrendPanel trends={trends} />
      <Panel title="Session activity" note="Users and their targets. Counts the sessions that ended in this range.">
        <Loaded resource={report} what="the usage report">
          {(value) => (
            <>
              <ActivityTable report={value} />
              {value.machineSessions.length > 0 && <MachineSessions rows={value.machineSessions} />}
            </>
          )}
        </Loaded>
      </Panel>
    </>
  );
};

const Cards = ({ report, days }: { report: Resource<UsageReport>; days: readonly TrendDay[] }) => {
  const { formats, place } = useDashboard();
  const seats = useSeatNumbers();
  return (
    <section class="cards" aria-label={`Key figures, ${rangeTitle(place.range)}`}>
      <SeatCard seats={seats} activeUsers={report.value?.generalMetrics.activeUsers} />
      <Loaded resource={report} what="the usage report" skeleton={CARDS_SKELETON}>
        {(value) => {
          const figures = summarize(value);
          const peak = figures.ciPeak ?? ciPeakOf(days);
          const { topUser } = figures;
          return (
            <>
              <Card
                title="Top user"
                value={<span class="name">{topUser === undefined ? "–" : <Name text={topUser.identifier} />}</span>}
                detail={
                  topUser &&
                  `${formats.duration(topUser.totalSessionTimeSeconds)} in ${formats.count(topUser.totalSessionCount, "session")}`
                }
              />
              <Card
                title="Sessions"
                value={formats.number(figures.sessions)}
                detail={`${formats.number(value.allTimeMetrics.totalSessionCount)} all time`}
              >
                <Sparkline values={days.map((day) => day.sessionCount)} />
              </Card>
              <Card
                title="Session time"
                value={formats.duration(figures.seconds)}
                detail={`${formats.duration(value.allTimeMetrics.totalSessionTimeSeconds)} all time`}
              >
                <Sparkline values={days.map((day) => day.sessionTimeSeconds)} />
              </Card>
              <Card
                title="CI sessions"
                value={formats.number(figures.ciSessions)}
                detail={`${peak === null ? "Peak pending" : `Peak ${formats.number(peak)}`} · ${formats.number(value.ciMetrics.currentRunningSessions)} running`}
              >
                <Sparkline values={days.map((day) => day.ciSessionCount)} />
              </Card>
            </>
          );
        }}
      </Loaded>
    </section>
  );
};

/** As many cards as there will be, so that a change of range does not move the page. */
const CARDS_SKELETON = ["top-user", "sessions", "time", "ci"].map((key, index) => (
  <div key={key} class="card">
    {index === 0 ? <Loading what="the usage report" /> : <span class="skeleton" />}
  </div>
));

const TrendPanel = ({ trends }: { trends: Resource<UsageTrends> }) => {
  const { place } = useDashboard();
  const [measure, setMeasure] = useState<TrendMeasure>("sessions");
  const choice = <Choice label="Trend measure" options={TREND_MEASURES} chosen={measure} onChoose={setMeasure} />;
  return (
    <Panel
      title="Trend"
      tools={choice}
      note={[place.range === "all" ? "Per day (UTC), at most one year." : "Per day (UTC).", NOTES[measure]].join(" ")}
    >
      <Loaded resource={trends} what="trends" skeleton={<Loading what="trends" chart="line-chart" />}>
        {(value) => (
          <TrendChart days={place.range === "all" ? sinceFirstUse(value.days) : value.days} measure={measure} />
        )}
      </Loaded>
    </Panel>
  );
};

const NOTES: Record<TrendMeasure, string> = {
  sessions: "Counts the sessions that ended on the day.",
  time: "Counts the sessions that ended on the day.",
  users: "A user is what uses a seat under your license: a machine or a Kubernetes user.",
  peak: "The most concurrent sessions. A day appears once it is over and processed, usually within an hour.",
  seats: "Seats claimed on the day, and sessions refused because no seat was free.",
};

const ActivityTable = ({ report }: { report: UsageReport }) => {
  const { formats } = useDashboard();
  const most = useMemo(
    () => report.activity.reduce((highest, row) => Math.max(highest, row.totalSessionCount), 0),
    [report],
  );
  const columns: Column<Activity>[] = [
    { id: "user", title: "User", value: (row) => row.identifier },
    {
      id: "target",
      title: "Target",
      value: targetName,
      show: (row) => (
        <>
          <Name text={targetName(row)} /> {row.ci && <Badge tone="plain">CI</Badge>}
        </>
      ),
    },
    { id: "namespace", title: "Namespace", value: (row) => row.namespace },
    {
      id: "sessions",
      title: "Sessions",
      numeric: true,
      value: (row) => row.totalSessionCount,
      show: (row) => (
        <span class="barred">
          <ShareBar of={row.totalSessionCount} whole={most} />
          {formats.number(row.totalSessionCount)}
        </span>
      ),
    },
    {
      id: "time",
      title: "Total time",
      unit: "seconds",
      numeric: true,
      value: (row) => row.totalSessionTimeSeconds,
      show: (row) => formats.duration(row.totalSessionTimeSeconds),
    },
    { id: "last", title: "Last seen", value: (row) => row.lastSeen, show: (row) => <Time at={row.lastSeen} /> },
  ];
  return (
    <Table
      name="activity"
      caption="Session activity"
      columns={columns}
      rows={report.activity}
      rowKey={(row) => `${row.identifier}\n${row.namespace}\n${row.kind}\n${row.name}\n${row.ci}`}
      sort={{ column: "time", direction: "descending" }}
      empty="No sessions ended in this range."
    />
  );
};

/** In the panel of the other sessions: one of its own would come and go when the range changes, and move the page. */
const MachineSessions = ({ rows }: { rows: readonly MachineSessionRow[] }) => (
  <>
    <h3>Machine sessions</h3>
    <p class="note">
      CI sessions and previews by what started them. Peaks are of closed days. 95 % of the sessions last at most as long
      as p95.
    </p>
    <MachineTable rows={rows} />
  </>
);

/** A dash for what the session's start did not name. */
const known = (name: string) => (name === "" ? "–" : <Name text={name} />);

const MachineTable = ({ rows }: { rows: readonly MachineSessionRow[] }) => {
  const { formats } = useDashboard();
  const time = (seconds: number | null) => (seconds === null ? "–" : formats.duration(seconds));
  const columns: Column<MachineSessionRow>[] = [
    { id: "kind", title: "Kind", value: ({ kind }) => (kind === "ci" ? "CI" : "Preview") },
    { id: "provider", title: "Provider", value: (row) => row.provider, show: (row) => known(row.provider) },
    { id: "pipeline", title: "Pipeline", value: (row) => row.pipeline, show: (row) => known(row.pipeline) },
    { id: "environment", title: "Environment", value: (row) => row.environment, show: (row) => known(row.environment) },
    { id: "trigger", title: "Trigger", value: (row) => row.trigger, show: (row) => known(row.trigger) },
    {
      id: "sessions",
      title: "Sessions",
      numeric: true,
      value: (row) => row.totalSessionCount,
      show: (row) => formats.number(row.totalSessionCount),
    },
    {
      id: "time",
      title: "Total time",
      unit: "seconds",
      numeric: true,
      value: (row) => row.totalSessionTimeSeconds,
      show: (row) => time(row.totalSessionTimeSeconds),
    },
    {
      id: "peak",
      title: "Peak",
      numeric: true,
      value: (row) => row.maxConcurrentSessions,
      show: ({ maxConcurrentSessions: peak }) => (peak === null ? "–" : formats.number(peak)),
    },
    {
      id: "mean",
      title: "Mean duration",
      unit: "seconds",
      numeric: true,
      value: (row) => row.averageSessionDurationSeconds,
      show: (row) => time(row.averageSessionDurationSeconds),
    },
    {
      id: "p95",
      title: "p95 duration",
      unit: "seconds",
      numeric: true,
      value: (row) => row.p95SessionDurationSeconds,
      show: (row) => time(row.p95SessionDurationSeconds),
    },
  ];
  return (
    <Table
      name="machines"
      caption="Machine sessions"
      columns={columns}
      rows={rows}
      rowKey={({ kind, provider, pipeline, environment, trigger }) =>
        JSON.stringify([kind, provider, pipeline, environment, trigger])
      }
      sort={{ column: "time", direction: "descending" }}
      empty="No machine sessions ended in this range."
    />
  );
};

import { useMemo, useState } from "preact/hooks";
import type { TrendDay, UsageReport, UsageTrends } from "../../shared/contract/responses.ts";
import { Badge, Card, Choice, Name, Panel, Share, Sparkline, Time } from "../components/basics.tsx";
import { Part } from "../components/loaded.tsx";
import { SeatCard } from "../components/seat-card.tsx";
import { type Column, Table } from "../components/table.tsx";
import { TREND_MEASURES, TrendChart, type TrendMeasure } from "../components/trend-chart.tsx";
import { useDashboard } from "../data/context.ts";
import type { Resource } from "../data/resource.ts";
import { useSeatNumbers, useTrends, useUsageReport } from "../data/resources.ts";
import { rangeTitle } from "../model/period.ts";
import { type Activity, ciPeakOf, sinceFirstUse, summarize, targetName } from "../model/usage.ts";

/** What mirrord was used for in a range: cards, the trend, and who used it on what. */
export const UsageView = () => {
  const { place } = useDashboard();
  const report = useUsageReport(place.range, place.by);
  const trends = useTrends(place.range);
  return (
    <>
      <Cards report={report} days={trends.value?.days ?? []} />
      <TrendPanel trends={trends} />
      <Panel
        title="Session Activity"
        note="Users and the targets they worked against; sessions that ended in the range."
      >
        <Part resource={report} what="the usage report">
          {(value) => <ActivityTable report={value} />}
        </Part>
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
      <Part resource={report} what="the usage report">
        {(value) => {
          const figures = summarize(value);
          const peak = figures.ciPeak ?? ciPeakOf(days);
          const { champion } = figures;
          return (
            <>
              <Card
                title="mirrord Champion"
                value={
                  <span class="name">
                    {champion === undefined ? "Nobody yet" : <Name text={champion.identifier} />}
                  </span>
                }
                detail={
                  champion &&
                  `${formats.duration(champion.totalSessionTimeSeconds)} in ${formats.count(champion.totalSessionCount, "session")}`
                }
              />
              <Card
                title="Total Sessions"
                value={formats.number(figures.sessions)}
                detail={`of ${formats.number(value.allTimeMetrics.totalSessionCount)} of all time`}
              >
                <Sparkline values={days.map((day) => day.sessionCount)} />
              </Card>
              <Card
                title="Session Time"
                value={formats.duration(figures.seconds)}
                detail={`of ${formats.duration(value.allTimeMetrics.totalSessionTimeSeconds)} of all time`}
              >
                <Sparkline values={days.map((day) => day.sessionTimeSeconds)} />
              </Card>
              <Card
                title="CI Sessions"
                value={formats.number(figures.ciSessions)}
                detail={`${peak === null ? "Peak not known yet" : `Peak ${formats.number(peak)} at once`}, ${formats.number(value.ciMetrics.currentRunningSessions)} running`}
              >
                <Sparkline values={days.map((day) => day.ciSessionCount)} />
              </Card>
            </>
          );
        }}
      </Part>
    </section>
  );
};

const TrendPanel = ({ trends }: { trends: Resource<UsageTrends> }) => {
  const { place } = useDashboard();
  const [measure, setMeasure] = useState<TrendMeasure>("sessions");
  const choice = (
    <Choice label="What the trend shows" options={TREND_MEASURES} chosen={measure} onChoose={setMeasure} />
  );
  return (
    <Panel
      title="Trend"
      tools={choice}
      note={[
        place.range === "all" ? "By day (UTC), a year at most." : "By day (UTC).",
        ...(measure === "users" ? ["A user is here what takes a seat: a machine or a Kubernetes user."] : []),
      ].join(" ")}
    >
      <Part resource={trends} what="the trends">
        {(value) => (
          <TrendChart days={place.range === "all" ? sinceFirstUse(value.days) : value.days} measure={measure} />
        )}
      </Part>
    </Panel>
  );
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
          <Share of={row.totalSessionCount} whole={most} />
          {formats.number(row.totalSessionCount)}
        </span>
      ),
    },
    {
      id: "time",
      title: "Total time",
      numeric: true,
      value: (row) => row.totalSessionTimeSeconds,
      show: (row) => formats.duration(row.totalSessionTimeSeconds),
    },
    { id: "last", title: "Last seen", value: (row) => row.lastSeen, show: (row) => <Time at={row.lastSeen} /> },
  ];
  return (
    <Table
      name="activity"
      caption="Session Activity"
      columns={columns}
      rows={report.activity}
      rowKey={(row) => `${row.identifier}\n${row.namespace}\n${row.kind}\n${row.name}\n${row.ci}`}
      sort={{ column: "time", direction: "descending" }}
      empty="No session has ended in this range."
    />
  );
};

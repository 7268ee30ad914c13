import { useMemo } from "preact/hooks";
import type { TrendDay, UsageReport } from "../../shared/contract/responses.ts";
import { Panel, ShareBar } from "../components/basics.tsx";
import { Empty, Loaded, Loading } from "../components/loaded.tsx";
import { type Mark, rangeOf, ScatterPlot } from "../components/scatter-plot.tsx";
import { type Column, Table } from "../components/table.tsx";
import { TrendChart } from "../components/trend-chart.tsx";
import { useDashboard } from "../data/context.ts";
import { useTrends, useUsageReport } from "../data/resources.ts";
import { type Formats, isolated } from "../model/format.ts";
import { byNamespace, sinceFirstUse, type Target, targetName } from "../model/usage.ts";

/** The workloads that mirrord is used on, by sessions and users. */
export const TargetsView = () => {
  const { place } = useDashboard();
  const report = useUsageReport(place.range, place.by);
  const trends = useTrends(place.range);
  return (
    <>
      <div class="halves">
        <Panel title="Target usage" note="One bubble per target. A larger bubble means more total time.">
          <Loaded resource={report} what="the usage report" skeleton={CHART_SKELETON}>
            {(value) => <AdoptionPlot targets={value.targetMetrics} />}
          </Loaded>
        </Panel>
        <Panel title="Sessions by namespace">
          <Loaded resource={report} what="the usage report" skeleton={CHART_SKELETON}>
            {(value) => <Namespaces report={value} />}
          </Loaded>
        </Panel>
      </div>
      <Panel
        title="Users over time"
        note="Active and first-time users per day (UTC). A user is what uses a seat under your license: a machine or a Kubernetes user."
      >
        <Loaded resource={trends} what="trends" skeleton={<Loading what="trends" chart="line-chart" />}>
          {(value) => <Adoption days={value.days} trimmed={place.range === "all"} />}
        </Loaded>
      </Panel>
      <Panel title="Target metrics">
        <Loaded resource={report} what="the usage report">
          {(value) => <TargetTable targets={value.targetMetrics} />}
        </Loaded>
      </Panel>
    </>
  );
};

const CHART_SKELETON = <Loading what="the usage report" chart="scatter-plot" />;
const NO_SESSIONS = "No sessions ended in this range.";

const Adoption = ({ days, trimmed }: { days: readonly TrendDay[]; trimmed: boolean }) => {
  const shown = useMemo(() => (trimmed ? sinceFirstUse(days) : days), [days, trimmed]);
  return <TrendChart days={shown} measure="users" />;
};

const AdoptionPlot = ({ targets }: { targets: readonly Target[] }) => {
  const { formats } = useDashboard();
  const marks = useMemo(() => adoptionMarks(targets, formats), [targets, formats]);
  if (targets.length === 0) return <Empty>{NO_SESSIONS}</Empty>;
  return (
    <ScatterPlot
      title="Target usage"
      summary={`${formats.count(targets.length, "target")} by sessions and users. The table "Target metrics" lists the figures.`}
      x={{ title: "Sessions", ...rangeOf(marks.map((mark) => mark.x)), labels: (values) => values.map(formats.number) }}
      y={{
        title: "Users",
        ...rangeOf(marks.map((mark) => mark.y)),
        labels: (values) => values.map(formats.number),
      }}
      marks={marks}
      hint="Point at a bubble to see the target."
    />
  );
};

const adoptionMarks = (targets: readonly Target[], formats: Formats): Mark[] => {
  const longest = targets.reduce((most, target) => Math.max(most, target.totalSessionTimeSeconds), 1);
  return targets.map((target) => ({
    x: target.totalSessionCount,
    y: target.uniqueUsers,
    size: target.totalSessionTimeSeconds / longest,
    label: `${isolated(`${target.namespace} ${targetName(target)}`)}: ${formats.count(target.totalSessionCount, "session")} by ${formats.count(target.uniqueUsers, "user")}`,
  }));
};

const SHOWN_NAMESPACES = 12;

const Namespaces = ({ report }: { report: UsageReport }) => {
  const { formats } = useDashboard();
  const namespaces = useMemo(() => byNamespace(report.targetMetrics), [report]);
  if (namespaces.length === 0) return <Empty>{NO_SESSIONS}</Empty>;
  const most = namespaces[0]?.sessions ?? 0;
  return (
    <>
      <table class="bars">
        <caption class="visually-hidden">Sessions by namespace</caption>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Namespace</th>
            <th scope="col">Share</th>
            <th scope="col">Sessions</th>
          </tr>
        </thead>
        <tbody>
          {namespaces.slice(0, SHOWN_NAMESPACES).map(({ namespace, sessions }) => (
            <tr key={namespace}>
              <th scope="row">{namespace}</th>
              <td class="wide">
                <ShareBar of={sessions} whole={most} />
              </td>
              <td class="numeric">{formats.number(sessions)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {namespaces.length > SHOWN_NAMESPACES && (
        <p class="note">{formats.count(namespaces.length - SHOWN_NAMESPACES, "more namespace")} in the table below.</p>
      )}
    </>
  );
};

const TargetTable = ({ targets }: { targets: readonly Target[] }) => {
  const { formats } = useDashboard();
  const columns: Column<Target>[] = [
    { id: "target", title: "Target", value: targetName },
    { id: "namespace", title: "Namespace", value: (target) => target.namespace },
    {
      id: "sessions",
      title: "Sessions",
      numeric: true,
      value: (target) => target.totalSessionCount,
      show: (target) => formats.number(target.totalSessionCount),
    },
    {
      id: "time",
      title: "Total time",
      unit: "seconds",
      numeric: true,
      value: (target) => target.totalSessionTimeSeconds,
      show: (target) => formats.duration(target.totalSessionTimeSeconds),
    },
    {
      id: "users",
      title: "Users",
      numeric: true,
      value: (target) => target.uniqueUsers,
      show: (target) => formats.number(target.uniqueUsers),
    },
  ];
  return (
    <Table
      name="targets"
      caption="Target metrics"
      columns={columns}
      rows={targets}
      rowKey={(target) => `${target.namespace}\n${target.kind}\n${target.name}`}
      sort={{ column: "sessions", direction: "descending" }}
      empty={NO_SESSIONS}
    />
  );
};

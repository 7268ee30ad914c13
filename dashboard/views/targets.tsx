import { useMemo } from "preact/hooks";
import type { TrendDay, UsageReport } from "../../shared/contract/responses.ts";
import { Panel, Share } from "../components/basics.tsx";
import { Empty, Part } from "../components/loaded.tsx";
import { FieldPlot, type Mark, rangeOf } from "../components/scatter-plot.tsx";
import { type Column, Table } from "../components/table.tsx";
import { TrendChart } from "../components/trend-chart.tsx";
import { useDashboard } from "../data/context.ts";
import { useTrends, useUsageReport } from "../data/resources.ts";
import { type Formats, isolated } from "../model/format.ts";
import { byNamespace, sinceFirstUse, type Target, targetName } from "../model/usage.ts";

/** Which workloads mirrord is used on, and by how many. */
export const TargetsView = () => {
  const { place } = useDashboard();
  const report = useUsageReport(place.range, place.by);
  const trends = useTrends(place.range);
  return (
    <>
      <div class="halves">
        <Panel title="Target Adoption" note="A bubble for each target: how much it is used, and by how many.">
          <Part resource={report} what="the usage report">
            {(value) => <AdoptionPlot targets={value.targetMetrics} />}
          </Part>
        </Panel>
        <Panel title="Sessions by Namespace">
          <Part resource={report} what="the usage report">
            {(value) => <Namespaces report={value} />}
          </Part>
        </Panel>
      </div>
      <Panel
        title="Adoption over Time"
        note="Users with a session that ended on the day (UTC), and those of whom it was the first; a user is here what takes a seat, a machine or a Kubernetes user."
      >
        <Part resource={trends} what="the trends">
          {(value) => <Adoption days={value.days} trimmed={place.range === "all"} />}
        </Part>
      </Panel>
      <Panel title="Target Metrics">
        <Part resource={report} what="the usage report">
          {(value) => <TargetTable targets={value.targetMetrics} />}
        </Part>
      </Panel>
    </>
  );
};

const NOTHING = "No session has ended in this range.";

const Adoption = ({ days, trimmed }: { days: readonly TrendDay[]; trimmed: boolean }) => {
  const shown = useMemo(() => (trimmed ? sinceFirstUse(days) : days), [days, trimmed]);
  return <TrendChart days={shown} measure="users" />;
};

const AdoptionPlot = ({ targets }: { targets: readonly Target[] }) => {
  const { formats } = useDashboard();
  const marks = useMemo(() => adoptionMarks(targets, formats), [targets, formats]);
  if (targets.length === 0) return <Empty>{NOTHING}</Empty>;
  return (
    <FieldPlot
      title="Target Adoption"
      summary={`${formats.count(targets.length, "target")} by sessions and unique users. The table Target Metrics has the figures.`}
      x={{ title: "Sessions", ...rangeOf(marks.map((mark) => mark.x)), marks: (values) => values.map(formats.number) }}
      y={{
        title: "Unique users",
        ...rangeOf(marks.map((mark) => mark.y)),
        marks: (values) => values.map(formats.number),
      }}
      marks={marks}
      hint="Point at a bubble to see which target it is."
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
  if (namespaces.length === 0) return <Empty>{NOTHING}</Empty>;
  const most = namespaces[0]?.sessions ?? 0;
  return (
    <>
      <table class="bars">
        <caption class="visually-hidden">Sessions by Namespace</caption>
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
                <Share of={sessions} whole={most} />
              </td>
              <td class="numeric">{formats.number(sessions)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {namespaces.length > SHOWN_NAMESPACES && (
        <p class="note">and {formats.number(namespaces.length - SHOWN_NAMESPACES)} more, in the table below</p>
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
      numeric: true,
      value: (target) => target.totalSessionTimeSeconds,
      show: (target) => formats.duration(target.totalSessionTimeSeconds),
    },
    {
      id: "users",
      title: "Unique users",
      numeric: true,
      value: (target) => target.uniqueUsers,
      show: (target) => formats.number(target.uniqueUsers),
    },
  ];
  return (
    <Table
      name="targets"
      caption="Target Metrics"
      columns={columns}
      rows={targets}
      rowKey={(target) => `${target.namespace}\n${target.kind}\n${target.name}`}
      sort={{ column: "sessions", direction: "descending" }}
      empty={NOTHING}
    />
  );
};

import type { ComponentChildren } from "preact";
import type { LicenseGetResponse, LicenseStatus } from "../../shared/contract/responses.ts";
import { Badge, Card, Panel, Time, type Tone } from "../components/basics.tsx";
import { Part } from "../components/loaded.tsx";
import { useDashboard } from "../data/context.ts";
import { useLicense } from "../data/resources.ts";

/** The license: what it allows, and until when. */
export const LicenseView = () => {
  const license = useLicense();
  return (
    <Part resource={license} what="the license">
      {({ license: terms }) => (
        <>
          <LicenseCards terms={terms} />
          <Panel title="Terms">
            <Terms terms={terms} />
          </Panel>
        </>
      )}
    </Part>
  );
};

type Terms = LicenseGetResponse["license"];

const STATUS: Record<LicenseStatus, { tone: Tone; title: string; meaning: string }> = {
  valid: { tone: "good", title: "Valid", meaning: "Operators get leases, and sessions start." },
  expiring: { tone: "warn", title: "Expiring", meaning: "Ends within 30 days. Ask for its renewal now." },
  expired: { tone: "bad", title: "Expired", meaning: "No new session starts. What runs, runs on." },
  not_yet_valid: { tone: "bad", title: "Not yet valid", meaning: "No session starts before it begins." },
};

const LicenseCards = ({ terms }: { terms: Terms }) => {
  const { formats } = useDashboard();
  const { tone, title, meaning } = STATUS[terms.status];
  const left = Math.abs(terms.valid_seconds);
  const span = left < 86_400 ? formats.duration(left) : formats.count(Math.floor(left / 86_400), "day");
  return (
    <section class="cards" aria-label="License status">
      <Card title="Status" value={<Badge tone={tone}>{title}</Badge>} detail={meaning} />
      <Card
        title={terms.valid_seconds >= 0 ? "Expires" : "Expired"}
        value={
          <span class="name">
            <Time at={terms.expire_at} dateOnly />
          </span>
        }
        detail={terms.valid_seconds >= 0 ? `in ${span}` : `${span} ago`}
      />
      <Card
        title="Seats"
        value={terms.max_seats === null ? "Unlimited" : formats.number(terms.max_seats)}
        detail={trackingText(terms)}
      />
      <Card
        title="Type"
        value={<span class="name capital">{terms.type}</span>}
        detail={terms.trial ? "a trial" : "not a trial"}
      />
    </section>
  );
};

const trackingText = (terms: Terms): string =>
  terms.seat_tracking_mode === "ClientCertificate" ? "one for each machine" : "one for each Kubernetes user";

const Terms = ({ terms }: { terms: Terms }) => {
  const rows: readonly [string, ComponentChildren][] = [
    ["Name", terms.name],
    ["Organization", terms.organization],
    ["Expires at", <Time key="time" at={terms.expire_at} />],
    ["Seat tracking mode", terms.seat_tracking_mode],
    ["Subscription", terms.subscription_id ?? "–"],
    ["Organization ID", terms.organization_id ?? "–"],
    ["Fingerprint (SHA-256)", <code key="code">{terms.fingerprint}</code>],
  ];
  return (
    <dl class="terms">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
};

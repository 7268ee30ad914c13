import type { ComponentChildren } from "preact";
import type { LicenseStatus } from "../../shared/contract/responses.ts";
import { Badge, Card, Panel, Time, type Tone } from "../components/basics.tsx";
import { Loaded } from "../components/loaded.tsx";
import { useDashboard } from "../data/context.ts";
import { useLicense } from "../data/resources.ts";
import { editionRows, type LicenseTerms, timeLeft, timeSince } from "../model/license.ts";

/** The license: its status, terms and expiry. */
export const LicenseView = () => {
  const license = useLicense();
  return (
    <Loaded resource={license} what="the license">
      {({ license: terms }) => (
        <>
          <LicenseCards terms={terms} />
          <Panel title="Terms">
            <Terms terms={terms} />
          </Panel>
        </>
      )}
    </Loaded>
  );
};

const STATUS: Record<LicenseStatus, { tone: Tone; title: string; meaning: string }> = {
  valid: { tone: "good", title: "Active", meaning: "Operators can renew leases." },
  expiring: { tone: "warn", title: "Expiring", meaning: "Expires within 30 days. Renew it now." },
  expired: { tone: "bad", title: "Expired", meaning: "New sessions are blocked; running sessions continue." },
  not_yet_valid: { tone: "bad", title: "Not yet valid", meaning: "New sessions are blocked until the license begins." },
};

const LicenseCards = ({ terms }: { terms: LicenseTerms }) => {
  const { formats } = useDashboard();
  const { tone, title, meaning } = STATUS[terms.status];
  const expired = terms.status === "expired";
  return (
    <section class="cards" aria-label="License status">
      <Card title="Status" value={<Badge tone={tone}>{title}</Badge>} detail={meaning} />
      <Card
        title={expired ? "Expired" : "Expires"}
        value={
          <span class="name">
            <Time at={terms.expire_at} dateOnly />
          </span>
        }
        detail={expired ? timeSince(terms, Date.now(), formats) : timeLeft(terms, formats)}
      />
      <Card
        title="Seats"
        value={terms.max_seats === null ? "Unlimited" : formats.number(terms.max_seats)}
        detail={terms.seat_tracking_mode === "ClientCertificate" ? "One per machine" : "One per Kubernetes user"}
      />
      <Card
        title="Type"
        value={<span class="name capital">{terms.type}</span>}
        detail={terms.trial ? "Trial" : undefined}
      />
    </section>
  );
};

const Terms = ({ terms }: { terms: LicenseTerms }) => {
  const { formats } = useDashboard();
  const rows: readonly [string, ComponentChildren][] = [
    ["Name", terms.name],
    ["Organization", terms.organization],
    [terms.status === "expired" ? "Expired" : "Expires", <Time key="time" at={terms.expire_at} />],
    ["Seat tracking", terms.seat_tracking_mode],
    ["Subscription ID", terms.subscription_id ?? "–"],
    ["Organization ID", terms.organization_id ?? "–"],
    ...editionRows(terms, formats),
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

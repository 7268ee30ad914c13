import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../data/api.ts";
import type { Resource } from "../data/resource.ts";
import { sentence } from "../model/format.ts";

type PartProps<T> = {
  resource: Resource<T>;
  /** What is waited for, as in "the usage report". */
  what: string;
  children: (value: T) => ComponentChildren;
};

/** A part of the page that needs an answer of the server: shows it, or why it is not there. */
export const Part = <T,>({ resource, what, children }: PartProps<T>) => {
  const { value, failure, loading } = resource;
  return (
    <>
      {failure !== undefined && (
        <Notice resource={resource} failure={failure} what={what} stale={value !== undefined} />
      )}
      {value !== undefined && <div class={loading ? "part reloading" : "part"}>{children(value)}</div>}
      {value === undefined && failure === undefined && loading && <Loading what={what} />}
    </>
  );
};

const Loading = ({ what }: { what: string }) => (
  <div class="loading" role="status">
    <span class="visually-hidden">Loading {what}…</span>
    <span class="bone" />
    <span class="bone" />
    <span class="bone" />
  </div>
);

type NoticeProps = { resource: Resource<unknown>; failure: Failure; what: string; stale: boolean };

const Notice = ({ resource, failure, what, stale }: NoticeProps) => {
  if (failure.kind === "unauthorized") return null;
  if (failure.kind === "forbidden") return <MissingScope scope={failure.scope} what={what} />;
  return (
    <div class="notice bad" role="alert">
      <p>
        <strong>Could not load {what}.</strong> {sentence(failure.message)}
        {adviceOn(failure)}
        {stale && " What is shown is from before."}
      </p>
      <p>
        {resource.loading ? <span role="status">Trying…</span> : <Countdown until={resource.retryAt} />}{" "}
        <button type="button" class="small" onClick={resource.reload}>
          Try again now
        </button>
      </p>
    </div>
  );
};

const adviceOn = (failure: Failure): ComponentChildren => {
  if (failure.kind === "failed" && failure.requestId !== undefined)
    return (
      <>
        {" "}
        The server's log has more under request <code>{failure.requestId}</code>.
      </>
    );
  if (failure.kind === "unavailable" && failure.code === "LicenseMissing")
    return (
      <>
        {" "}
        <code>npx license-server license put license.pem</code> puts one there.
      </>
    );
  return null;
};

/** Stands in place of what the token does not open. */
export const MissingScope = ({ scope, what }: { scope: string | undefined; what: string }) => (
  <div class="notice">
    <p>
      Your access token does not open {what}. It takes the scope <code>{scope ?? "of that route"}</code>.
    </p>
  </div>
);

const Countdown = ({ until }: { until: number | undefined }) => {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (until === undefined) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [until]);
  if (until === undefined) return null;
  return <span aria-hidden="true">Next try in {Math.max(0, Math.ceil((until - now) / 1_000))} s.</span>;
};

/** What stands where there is nothing to show. */
export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>;

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../data/api.ts";
import type { Resource } from "../data/resource.ts";
import { asSentence } from "../model/format.ts";

type LoadedProps<T> = {
  resource: Resource<T>;
  /** What is loaded, as in "the usage report". */
  what: string;
  /** What the page shows while loading, where the default would change the layout. */
  skeleton?: ComponentChildren;
  children: (value: T) => ComponentChildren;
};

/** Shows a response of the server, or that it is loading, or why it failed. */
export const Loaded = <T,>({ resource, what, skeleton, children }: LoadedProps<T>) => {
  const { value, failure, loading } = resource;
  return (
    <>
      {failure !== undefined && (
        <Notice resource={resource} failure={failure} what={what} stale={value !== undefined} />
      )}
      {value !== undefined && <div class={loading ? "loaded reloading" : "loaded"}>{children(value)}</div>}
      {value === undefined && failure === undefined && loading && (skeleton ?? <Loading what={what} />)}
    </>
  );
};

/** With `chart`, it is as high as that chart will be. */
export const Loading = ({ what, chart }: { what: string; chart?: "line-chart" | "scatter-plot" }) => (
  <div class={`loading ${chart ?? ""}`} role="status">
    <span class="visually-hidden">Loading {what}…</span>
    <span class="skeleton" />
    <span class="skeleton" />
    <span class="skeleton" />
  </div>
);

type NoticeProps = { resource: Resource<unknown>; failure: Failure; what: string; stale: boolean };

const Notice = ({ resource, failure, what, stale }: NoticeProps) => {
  if (failure.kind === "unauthorized") return null;
  if (failure.kind === "forbidden") return <MissingScope scope={failure.scope} what={what} />;
  return (
    <div class="notice bad" role="alert">
      <p>
        <strong>Could not load {what}.</strong> {asSentence(failure.message)}
        {adviceOn(failure)}
        {stale && " The page shows older data."}
      </p>
      <p>
        {resource.loading ? <span role="status">Retrying…</span> : <Countdown until={resource.retryAt} />}{" "}
        <button type="button" class="small" onClick={resource.reload}>
          Retry now
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
        Search the server's log for request <code>{failure.requestId}</code>.
      </>
    );
  if (failure.kind === "unavailable" && failure.code === "LicenseMissing")
    return (
      <>
        {" "}
        Run <code>npx license-server license put license.pem</code>.
      </>
    );
  return null;
};

/** Replaces what the token has no scope for. */
const MissingScope = ({ scope, what }: { scope: string | undefined; what: string }) => (
  <div class="notice">
    <p>
      You don't have permission to view {what}
      {scope !== undefined && (
        <>
          {" "}
          (requires <code>{scope}</code>)
        </>
      )}
      .
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
  return <span aria-hidden="true">Retrying in {Math.max(0, Math.ceil((until - now) / 1_000))} s.</span>;
};

/** The text of an empty list or chart. */
export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>;

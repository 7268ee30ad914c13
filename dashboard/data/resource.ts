import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Api, Failure, Outcome } from "./api.ts";
import { useDashboard } from "./context.ts";

export type Resource<T> = {
  /** The last good answer; it stays while it is asked for again. */
  value: T | undefined;
  at: number | undefined;
  loading: boolean;
  failure: Failure | undefined;
  /** When it will be asked for again by itself. */
  retryAt: number | undefined;
  reload: () => void;
};

export type Load<T> = (api: Api, signal: AbortSignal) => Promise<Outcome<T>>;

/** After so many failures in a row nobody waits for it any longer. */
const MAX_RETRIES = 5;

/** How old an answer may be that a view is opened with and that is not asked for anew. */
const KEPT_MS = 5 * 60_000;

/**
 * Whether it is worth asking again unasked: not while it is being asked, not before the time that a busy server named, and
 * not for what the token does not open.
 */
export const mayFollow = ({ loading, failure, retryAt }: Resource<unknown>): boolean =>
  !loading && retryAt === undefined && failure?.kind !== "forbidden";

type State<T> = Omit<Resource<T>, "reload"> & { key: string };

/**
 * Something that the server answers, under a key that says all that the answer depends on. It is asked for once, and again
 * when everything is refreshed; when the server is busy, after the time it asked for. What another view has asked for stands
 * there at once, and is asked for anew where it is older than `keptMs`.
 */
export const useResource = <T>(key: string, load: Load<T>, keptMs = KEPT_MS): Resource<T> => {
  const { api, cache, generation, onShown, onUnauthorized } = useDashboard();
  const [asked, setAsked] = useState(0);
  const [state, setState] = useState<State<T>>(() => initial(key, cached(cache, key)));
  const seen = useRef({ generation, asked });
  // The function is another one at every rendering; what it asks for depends on the key alone.
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const kept = cached<T>(cache, key);
    const again = seen.current.generation !== generation || seen.current.asked !== asked;
    seen.current = { generation, asked };
    if (kept !== undefined && !again && Date.now() - kept.at < keptMs) {
      setState(initial(key, kept));
      return undefined;
    }
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // A failure stands until there is an answer: it would only flicker, and its button lose the focus.
    setState((before) => ({
      ...initial(key, kept),
      loading: true,
      failure: before.key === key ? before.failure : undefined,
    }));
    const ask = async (retries: number): Promise<void> => {
      const outcome = await latest.current(api, stop.signal);
      if (stop.signal.aborted) return;
      const at = Date.now();
      if (outcome.ok) {
        cache.set(key, { value: outcome.value, at });
        setState(initial(key, { value: outcome.value, at }));
        return;
      }
      const { failure } = outcome;
      if (failure.kind === "unauthorized") onUnauthorized();
      const waitMs =
        failure.kind === "unavailable" && retries < MAX_RETRIES ? 1_000 * failure.retryAfterSeconds : undefined;
      setState((before) => ({
        ...before,
        loading: false,
        failure,
        retryAt: waitMs === undefined ? undefined : at + waitMs,
      }));
      if (waitMs !== undefined) timer = setTimeout(() => void ask(retries + 1).catch(ignore), Math.max(waitMs, 1_000));
    };
    ask(0).catch(ignore);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [api, cache, key, keptMs, generation, asked, onUnauthorized]);

  const reload = useCallback(() => setAsked((count) => count + 1), []);
  // For one rendering after the key has changed, the state is still that of the key before.
  const shown = state.key === key ? state : initial(key, cached<T>(cache, key));
  useEffect(() => {
    onShown(key, shown.at);
    return () => onShown(key, undefined);
  }, [key, shown.at, onShown]);
  return { ...shown, reload };
};

const cached = <T>(cache: Map<string, { value: unknown; at: number }>, key: string) =>
  cache.get(key) as { value: T; at: number } | undefined;

const initial = <T>(key: string, kept: { value: T; at: number } | undefined): State<T> => ({
  key,
  value: kept?.value,
  at: kept?.at,
  loading: kept === undefined,
  failure: undefined,
  retryAt: undefined,
});

// What is given up has nobody to tell.
const ignore = (): void => undefined;

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

type State<T> = Omit<Resource<T>, "reload"> & { key: string };

/**
 * Something that the server answers, under a key that says all that the answer depends on. It is asked for once, and again
 * when everything is refreshed; when the server is busy, after the time it asked for.
 */
export const useResource = <T>(key: string, load: Load<T>): Resource<T> => {
  const { api, cache, generation, onAnswer, onUnauthorized } = useDashboard();
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
    if (kept !== undefined && !again) {
      setState(initial(key, kept));
      return undefined;
    }
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    setState({ ...initial(key, kept), loading: true });
    const ask = async (retries: number): Promise<void> => {
      const outcome = await latest.current(api, stop.signal);
      if (stop.signal.aborted) return;
      const at = Date.now();
      if (outcome.ok) {
        cache.set(key, { value: outcome.value, at });
        setState({ ...initial(key, { value: outcome.value, at }), loading: false });
        onAnswer(at);
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
  }, [api, cache, key, generation, asked, onAnswer, onUnauthorized]);

  const reload = useCallback(() => setAsked((count) => count + 1), []);
  // For one rendering after the key has changed, the state is still that of the key before.
  return { ...(state.key === key ? state : initial(key, cached<T>(cache, key))), reload };
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

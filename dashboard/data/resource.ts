import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Api, Failure, Outcome } from "./api.ts";
import { useDashboard } from "./context.ts";

export type Resource<T> = {
  /** The last good response. It stays while a new one is loading. */
  value: T | undefined;
  at: number | undefined;
  loading: boolean;
  failure: Failure | undefined;
  /** When the page retries automatically. */
  retryAt: number | undefined;
  reload: () => void;
};

export type Load<T> = (api: Api, signal: AbortSignal) => Promise<Outcome<T>>;

export type ResourceOptions<T> = {
  /** The age up to which a cached response is used without a new request. */
  maxAgeMs?: number;
  /** Whether the page shows anything of the value, so that its age counts in "Updated". */
  isShown?: (value: T) => boolean;
};

const MAX_RETRIES = 5;

const DEFAULT_MAX_AGE_MS = 5 * 60_000;

/**
 * Whether an automatic refresh makes sense: not while a request is running, not before the time that a busy server named, and
 * not without the required scope.
 */
export const mayRefresh = ({ loading, failure, retryAt }: Resource<unknown>): boolean =>
  !loading && retryAt === undefined && failure?.kind !== "forbidden";

type State<T> = Omit<Resource<T>, "reload"> & { key: string };

/**
 * A response of the server, under a key that names everything it depends on. It is requested once, and again on every
 * refresh. A busy server is asked again after the time it named. A response that another view has loaded is shown at once,
 * and requested again when it is older than `maxAgeMs`.
 */
export const useResource = <T>(key: string, load: Load<T>, options: ResourceOptions<T> = {}): Resource<T> => {
  const { maxAgeMs = DEFAULT_MAX_AGE_MS, isShown = () => true } = options;
  const { api, cache, generation, onShown, onUnauthorized } = useDashboard();
  const [reloads, setReloads] = useState(0);
  const [state, setState] = useState<State<T>>(() => initial(key, cached(cache, key)));
  const handled = useRef({ generation, reloads });
  // The function is a new one at every rendering, but what it requests depends on the key alone.
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const stored = cached<T>(cache, key);
    const isRefresh = handled.current.generation !== generation || handled.current.reloads !== reloads;
    handled.current = { generation, reloads };
    if (stored !== undefined && !isRefresh && Date.now() - stored.at < maxAgeMs) {
      setState(initial(key, stored));
      return undefined;
    }
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // A failure stays on the page until there is a response. Otherwise it would flicker and its button lose the focus.
    setState((previous) => ({
      ...initial(key, stored),
      loading: true,
      failure: previous.key === key ? previous.failure : undefined,
    }));
    const request = async (retries: number): Promise<void> => {
      const outcome = await latest.current(api, controller.signal);
      if (controller.signal.aborted) return;
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
      setState((previous) => ({
        ...previous,
        loading: false,
        failure,
        retryAt: waitMs === undefined ? undefined : at + waitMs,
      }));
      if (waitMs !== undefined)
        timer = setTimeout(() => void request(retries + 1).catch(ignore), Math.max(waitMs, 1_000));
    };
    request(0).catch(ignore);
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [api, cache, key, maxAgeMs, generation, reloads, onUnauthorized]);

  const reload = useCallback(() => setReloads((count) => count + 1), []);
  // For one rendering after the key has changed, the state is still that of the previous key.
  const current = state.key === key ? state : initial(key, cached<T>(cache, key));
  const shownAt = current.value !== undefined && isShown(current.value) ? current.at : undefined;
  useEffect(() => {
    onShown(key, shownAt);
    return () => onShown(key, undefined);
  }, [key, shownAt, onShown]);
  return { ...current, reload };
};

const cached = <T>(cache: Map<string, { value: unknown; at: number }>, key: string) =>
  cache.get(key) as { value: T; at: number } | undefined;

const initial = <T>(key: string, stored: { value: T; at: number } | undefined): State<T> => ({
  key,
  value: stored?.value,
  at: stored?.at,
  loading: stored === undefined,
  failure: undefined,
  retryAt: undefined,
});

// An aborted call throws; nobody waits for it.
const ignore = (): void => undefined;

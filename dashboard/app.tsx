import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { createApi } from "./data/api.ts";
import { type Dashboard, DashboardContext } from "./data/context.ts";
import { usePlace } from "./data/place.ts";
import { removeDrafts, storedToken, storeToken } from "./data/storage.ts";
import { type ThemeState, useTheme } from "./data/theme.ts";
import { createFormats } from "./model/format.ts";
import { readGrant } from "./model/grant.ts";
import { Shell } from "./shell.tsx";
import { SignIn, type SignInReason } from "./views/sign-in.tsx";

const formats = createFormats();

/** The whole page: the dashboard with an access token, the sign-in without one. */
export const App = () => {
  const [token, setToken] = useState(storedToken);
  const [reason, setReason] = useState<SignInReason>("first");
  const signIn = useCallback((given: string) => {
    storeToken(given);
    setToken(given);
  }, []);
  const signOut = useCallback((newReason: SignInReason) => {
    storeToken(undefined);
    if (newReason === "signed out") removeDrafts();
    setToken(undefined);
    setReason(newReason);
  }, []);
  const { place, goTo, linksFollowed } = usePlace(signIn);
  const themeState = useTheme();
  if (token === undefined) return <SignIn reason={reason} onToken={signIn} />;
  return <SignedIn key={token} {...{ token, place, goTo, linksFollowed, ...themeState, signOut }} />;
};

type SignedInProps = Pick<Dashboard, "place" | "goTo" | "linksFollowed"> &
  ThemeState & {
    token: string;
    signOut: (reason: SignInReason) => void;
  };

const SignedIn = ({ token, place, goTo, linksFollowed, theme, printing, chooseTheme, signOut }: SignedInProps) => {
  const api = useMemo(() => createApi({ pageUrl: location.href, token, fetch: fetch.bind(window) }), [token]);
  const grant = useMemo(() => readGrant(token), [token]);
  const [cache] = useState(() => new Map());
  const [generation, setGeneration] = useState(0);
  const [shown, setShown] = useState<ReadonlyMap<string, number>>(new Map());
  const onShown = useCallback(
    (key: string, at: number | undefined) =>
      setShown((previous) => {
        const others = [...previous].filter(([other]) => other !== key);
        return new Map(at === undefined ? others : [...others, [key, at]]);
      }),
    [],
  );
  const [announcement, setAnnouncement] = useState("");
  const onUnauthorized = useCallback(() => signOut("refused"), [signOut]);
  const refresh = useCallback(() => {
    // The cached responses of other views are as old as those on the page.
    cache.clear();
    setGeneration((count) => count + 1);
  }, [cache]);
  // When the token expires, refresh, so that the sign-in appears before the next click fails. The server decides, not this
  // machine's clock: with a wrong clock nobody could sign in.
  useEffect(() => {
    const leftMs = grant?.expiresAt === undefined ? Number.POSITIVE_INFINITY : grant.expiresAt - Date.now();
    if (leftMs <= 0 || leftMs > MAX_TIMER_MS) return undefined;
    const timer = setTimeout(refresh, leftMs + CLOCK_TOLERANCE_MS);
    return () => clearTimeout(timer);
  }, [grant, refresh]);
  const dashboard: Dashboard = {
    api,
    grant,
    formats,
    theme,
    printing,
    place,
    goTo,
    linksFollowed,
    cache,
    generation,
    onShown,
    onUnauthorized,
    announce: setAnnouncement,
  };
  return (
    <DashboardContext.Provider value={dashboard}>
      <Shell
        // The age of the oldest data on the page.
        updatedAt={shown.size === 0 ? undefined : Math.min(...shown.values())}
        announcement={announcement}
        onRefresh={refresh}
        onTheme={chooseTheme}
        onSignOut={() => signOut("signed out")}
      />
    </DashboardContext.Provider>
  );
};

// Timers hold 32 bits; a longer one would fire at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The server's clock may be slightly behind this machine's. */
const CLOCK_TOLERANCE_MS = 2_000;

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { createApi } from "./data/api.ts";
import { type Dashboard, DashboardContext } from "./data/context.ts";
import { usePlace } from "./data/place.ts";
import { keepToken, keptToken } from "./data/storage.ts";
import { type Look, useTheme } from "./data/theme.ts";
import { createFormats } from "./model/format.ts";
import { readGrant } from "./model/grant.ts";
import { Shell } from "./shell.tsx";
import { SignIn, type SignInReason } from "./views/sign-in.tsx";

const formats = createFormats();

/** The whole page: the dashboard for whoever has a token, the question for one for anybody else. */
export const App = () => {
  const [token, setToken] = useState(keptToken);
  const [reason, setReason] = useState<SignInReason>("first");
  const signIn = useCallback((given: string) => {
    keepToken(given);
    setToken(given);
  }, []);
  const signOut = useCallback((why: SignInReason) => {
    keepToken(undefined);
    setToken(undefined);
    setReason(why);
  }, []);
  const { place, goTo, followed } = usePlace(signIn);
  const look = useTheme();
  if (token === undefined) return <SignIn reason={reason} onToken={signIn} />;
  return <SignedIn key={token} {...{ token, place, goTo, followed, ...look, signOut }} />;
};

type SignedInProps = Pick<Dashboard, "place" | "goTo" | "followed"> &
  Look & {
    token: string;
    signOut: (why: SignInReason) => void;
  };

const SignedIn = ({ token, place, goTo, followed, theme, printing, chooseTheme, signOut }: SignedInProps) => {
  const api = useMemo(() => createApi({ pageUrl: location.href, token, fetch: fetch.bind(window) }), [token]);
  const grant = useMemo(() => readGrant(token), [token]);
  const [cache] = useState(() => new Map());
  const [generation, setGeneration] = useState(0);
  const [shown, setShown] = useState<ReadonlyMap<string, number>>(new Map());
  const onShown = useCallback(
    (key: string, at: number | undefined) =>
      setShown((before) => {
        const others = [...before].filter(([other]) => other !== key);
        return new Map(at === undefined ? others : [...others, [key, at]]);
      }),
    [],
  );
  const [announcement, setAnnouncement] = useState("");
  const onUnauthorized = useCallback(() => signOut("refused"), [signOut]);
  const refresh = useCallback(() => {
    // What other views have kept is as old as what is shown.
    cache.clear();
    setGeneration((count) => count + 1);
  }, [cache]);
  // A token that ends while the page is open is answered before anybody clicks into nothing. The server is asked, not this
  // machine's clock believed: where that is wrong, nobody could sign in.
  useEffect(() => {
    const left = grant?.expiresAt === undefined ? Number.POSITIVE_INFINITY : grant.expiresAt - Date.now();
    if (left <= 0 || left > LONGEST_TIMER_MS) return undefined;
    const timer = setTimeout(refresh, left + EXPIRY_SLACK_MS);
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
    followed,
    cache,
    generation,
    onShown,
    onUnauthorized,
    announce: setAnnouncement,
  };
  return (
    <DashboardContext.Provider value={dashboard}>
      <Shell
        // The oldest of what is shown: nothing on the page is older than it says.
        updatedAt={shown.size === 0 ? undefined : Math.min(...shown.values())}
        announcement={announcement}
        onRefresh={refresh}
        onTheme={chooseTheme}
        onSignOut={() => signOut("signed out")}
      />
    </DashboardContext.Provider>
  );
};

// Timers count in 32 bits; a longer one would fire at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Clocks that agree well still differ by some. */
const EXPIRY_SLACK_MS = 2_000;

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { createApi } from "./data/api.ts";
import { type Dashboard, DashboardContext, type Theme } from "./data/context.ts";
import { usePlace } from "./data/place.ts";
import { keepToken, keptToken } from "./data/storage.ts";
import { useTheme } from "./data/theme.ts";
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
  const { place, goTo } = usePlace(signIn);
  const [theme, chooseTheme] = useTheme();
  if (token === undefined) return <SignIn reason={reason} onToken={signIn} />;
  return <SignedIn key={token} {...{ token, place, goTo, theme, chooseTheme, signOut }} />;
};

type SignedInProps = Pick<Dashboard, "place" | "goTo" | "theme"> & {
  token: string;
  chooseTheme: (theme: Theme) => void;
  signOut: (why: SignInReason) => void;
};

const SignedIn = ({ token, place, goTo, theme, chooseTheme, signOut }: SignedInProps) => {
  const api = useMemo(() => createApi({ pageUrl: location.href, token, fetch: fetch.bind(window) }), [token]);
  const grant = useMemo(() => readGrant(token), [token]);
  const [cache] = useState(() => new Map());
  const [generation, setGeneration] = useState(0);
  const [updatedAt, setUpdatedAt] = useState<number>();
  const [announcement, setAnnouncement] = useState("");
  const onUnauthorized = useCallback(() => signOut("refused"), [signOut]);
  // A token that ends while the page is open is answered before anybody clicks into nothing.
  useEffect(() => {
    const left = grant?.expiresAt === undefined ? Number.POSITIVE_INFINITY : grant.expiresAt - Date.now();
    if (left > LONGEST_TIMER_MS) return undefined;
    const timer = setTimeout(onUnauthorized, Math.max(0, left));
    return () => clearTimeout(timer);
  }, [grant, onUnauthorized]);
  const dashboard: Dashboard = {
    api,
    grant,
    formats,
    theme,
    place,
    goTo,
    cache,
    generation,
    onAnswer: setUpdatedAt,
    onUnauthorized,
    announce: setAnnouncement,
  };
  return (
    <DashboardContext.Provider value={dashboard}>
      <Shell
        updatedAt={updatedAt}
        announcement={announcement}
        onRefresh={() => {
          // What other views have kept is as old as what is shown.
          cache.clear();
          setGeneration((count) => count + 1);
        }}
        onTheme={chooseTheme}
        onSignOut={() => signOut("signed out")}
      />
    </DashboardContext.Provider>
  );
};

// Timers count in 32 bits; a longer one would fire at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

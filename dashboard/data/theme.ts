import { useCallback, useEffect, useState } from "preact/hooks";
import type { Theme } from "./context.ts";
import { readSetting, writeSetting } from "./storage.ts";

const SETTING = "theme";

export type ThemeState = { theme: Theme; printing: boolean; chooseTheme: (theme: Theme) => void };

/** The theme: the stored choice, otherwise the system's. Print is always light. */
export const useTheme = (): ThemeState => {
  const [chosen, setChosen] = useState(chosenTheme);
  const [system, setSystem] = useState<Theme>(systemTheme);
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const onSystemChange = () => setSystem(systemTheme());
    const onBeforePrint = () => setPrinting(true);
    const onAfterPrint = () => setPrinting(false);
    const dark = matchMedia(DARK);
    dark.addEventListener("change", onSystemChange);
    addEventListener("beforeprint", onBeforePrint);
    addEventListener("afterprint", onAfterPrint);
    return () => {
      dark.removeEventListener("change", onSystemChange);
      removeEventListener("beforeprint", onBeforePrint);
      removeEventListener("afterprint", onAfterPrint);
    };
  }, []);
  const theme = printing ? "light" : (chosen ?? system);
  // Set during rendering: the charts read their colours from it.
  document.documentElement.dataset["theme"] = theme;
  const chooseTheme = useCallback((next: Theme) => {
    writeSetting(SETTING, next);
    setChosen(next);
  }, []);
  return { theme, printing, chooseTheme };
};

const DARK = "(prefers-color-scheme: dark)";

const systemTheme = (): Theme => (matchMedia(DARK).matches ? "dark" : "light");

const chosenTheme = (): Theme | undefined => {
  const stored = readSetting(SETTING);
  return stored === "light" || stored === "dark" ? stored : undefined;
};

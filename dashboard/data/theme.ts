import { useCallback, useEffect, useState } from "preact/hooks";
import type { Theme } from "./context.ts";
import { remember, remembered } from "./storage.ts";

const KEPT_UNDER = "theme";

export type Look = { theme: Theme; printing: boolean; chooseTheme: (theme: Theme) => void };

/** The theme: as chosen here before, otherwise as the system has it. Paper is always light. */
export const useTheme = (): Look => {
  const [chosen, setChosen] = useState(chosenTheme);
  const [system, setSystem] = useState<Theme>(systemTheme);
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const follow = () => setSystem(systemTheme());
    const before = () => setPrinting(true);
    const after = () => setPrinting(false);
    const dark = matchMedia(DARK);
    dark.addEventListener("change", follow);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      dark.removeEventListener("change", follow);
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, []);
  const theme = printing ? "light" : (chosen ?? system);
  // Before the parts draw their charts in its colours.
  document.documentElement.dataset["theme"] = theme;
  const chooseTheme = useCallback((next: Theme) => {
    remember(KEPT_UNDER, next);
    setChosen(next);
  }, []);
  return { theme, printing, chooseTheme };
};

const DARK = "(prefers-color-scheme: dark)";

const systemTheme = (): Theme => (matchMedia(DARK).matches ? "dark" : "light");

const chosenTheme = (): Theme | undefined => {
  const kept = remembered(KEPT_UNDER);
  return kept === "light" || kept === "dark" ? kept : undefined;
};

import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { fragmentOf, type Place, readFragment } from "../model/place.ts";

export type Navigation = {
  place: Place;
  goTo: (change: Partial<Place>) => void;
  /** The number of links followed; `goTo` does not count. */
  linksFollowed: number;
};

/**
 * The place in the address, and a function to change it. A token in the address is passed to `onToken` and removed at once,
 * so that it appears in no bookmark and no history.
 */
export const usePlace = (onToken: (token: string) => void): Navigation => {
  const [{ place, linksFollowed }, setState] = useState(() => ({ place: readPlace(onToken), linksFollowed: 0 }));
  const known = useRef(location.hash);
  const follow = useCallback(() => {
    if (location.hash === known.current) return;
    const linked = readPlace(onToken);
    known.current = location.hash;
    setState((previous) => ({ place: linked, linksFollowed: previous.linksFollowed + 1 }));
  }, [onToken]);
  useLayoutEffect(() => {
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [follow]);
  const goTo = useCallback(
    (change: Partial<Place>) => {
      // The event comes after the change of address: do not overwrite a link that was followed in between.
      if (location.hash !== known.current) {
        follow();
        return;
      }
      const next = { ...readFragment(location.hash).place, ...change };
      history.replaceState(null, "", fragmentOf(next));
      known.current = location.hash;
      setState((previous) => ({ place: next, linksFollowed: previous.linksFollowed }));
    },
    [follow],
  );
  return { place, goTo, linksFollowed };
};

const readPlace = (onToken: (token: string) => void): Place => {
  const { place, token } = readFragment(location.hash);
  if (token !== undefined) {
    history.replaceState(null, "", fragmentOf(place));
    onToken(token);
  }
  return place;
};

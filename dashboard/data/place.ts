import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { fragmentOf, type Place, readFragment } from "../model/place.ts";

export type Placed = {
  place: Place;
  goTo: (change: Partial<Place>) => void;
  /** How many links have been followed; going somewhere by `goTo` is none. */
  followed: number;
};

/**
 * The place that the address names, and how to go to another one. A token in the address is handed over and taken out of it
 * at once, so that it is in no bookmark and no history.
 */
export const usePlace = (onToken: (token: string) => void): Placed => {
  const [{ place, followed }, setPlaced] = useState(() => ({ place: take(onToken), followed: 0 }));
  const known = useRef(location.hash);
  const follow = useCallback(() => {
    if (location.hash === known.current) return;
    const linked = take(onToken);
    known.current = location.hash;
    setPlaced((before) => ({ place: linked, followed: before.followed + 1 }));
  }, [onToken]);
  useLayoutEffect(() => {
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [follow]);
  const goTo = useCallback(
    (change: Partial<Place>) => {
      // The event comes some time after the address: a link followed just now must not be written over.
      if (location.hash !== known.current) {
        follow();
        return;
      }
      const next = { ...readFragment(location.hash).place, ...change };
      history.replaceState(null, "", fragmentOf(next));
      known.current = location.hash;
      setPlaced((before) => ({ place: next, followed: before.followed }));
    },
    [follow],
  );
  return { place, goTo, followed };
};

const take = (onToken: (token: string) => void): Place => {
  const { place, token } = readFragment(location.hash);
  if (token !== undefined) {
    history.replaceState(null, "", fragmentOf(place));
    onToken(token);
  }
  return place;
};

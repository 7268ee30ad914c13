import { useCallback, useEffect, useState } from "preact/hooks";
import { fragmentOf, type Place, readFragment } from "../model/place.ts";

export type Placed = { place: Place; goTo: (change: Partial<Place>) => void };

/**
 * The place that the address names, and how to go to another one. A token in the address is handed over and taken out of it
 * at once, so that it is in no bookmark and no history.
 */
export const usePlace = (onToken: (token: string) => void): Placed => {
  const [place, setPlace] = useState(() => take(onToken));
  useEffect(() => {
    const follow = () => setPlace(take(onToken));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [onToken]);
  const goTo = useCallback((change: Partial<Place>) => {
    const next = { ...readFragment(location.hash).place, ...change };
    history.replaceState(null, "", fragmentOf(next));
    setPlace(next);
  }, []);
  return { place, goTo };
};

const take = (onToken: (token: string) => void): Place => {
  const { place, token } = readFragment(location.hash);
  if (token !== undefined) {
    history.replaceState(null, "", fragmentOf(place));
    onToken(token);
  }
  return place;
};

import { useDashboard } from "../data/context.ts";
import { RANGES } from "../model/period.ts";
import { Choice } from "./basics.tsx";

/** Chooses the time range, which all views share. */
export const RangeChoice = () => {
  const { place, goTo } = useDashboard();
  return (
    <Choice
      label="Time range"
      options={RANGES.map((id) => ({ id, title: id === "all" ? "All" : `${id}d` }))}
      chosen={place.range}
      onChoose={(range) => goTo({ range })}
    />
  );
};

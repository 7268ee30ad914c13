import { SECOND_MS } from "../../../shared/contract/time.ts";

/** Makes calls for about so long, one after the other on each lane; answers how many came back in a second. */
export const ratePerSecond = async (
  call: (lane: number) => Promise<void>,
  { lanes, forMs }: { lanes: number; forMs: number },
): Promise<number> => {
  const begun = performance.now();
  let calls = 0;
  const run = async (lane: number): Promise<void> => {
    do {
      await call(lane);
      calls += 1;
    } while (performance.now() - begun < forMs);
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  return (calls * SECOND_MS) / (performance.now() - begun);
};

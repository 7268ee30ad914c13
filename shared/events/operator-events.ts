import { formatTime } from "../contract/time.ts";
import { operatorFrom } from "../operators/operator.ts";
import type { ItemChange } from "../store/stream-record.ts";
import type { EventBody } from "./schemas.ts";

/** The event of a change of an operator's item: the operator was given up. */
export const operatorEvent = ({ before, after }: ItemChange): EventBody | undefined => {
  if (before === undefined || after === undefined) return undefined;
  const operator = operatorFrom(after);
  if (!operator.givenUp || operatorFrom(before).givenUp) return undefined;
  return {
    type: "operator.lost",
    instance_id: operator.instanceId,
    cluster: operator.cluster ?? null,
    operator_version: operator.version ?? null,
    last_heartbeat: operator.lastHeartbeat === undefined ? null : formatTime(operator.lastHeartbeat),
  };
};

import type { SeatListResponse } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import type { Resource } from "../data/resource.ts";
import { Card, ShareBar } from "./basics.tsx";
import { Loaded } from "./loaded.tsx";

type SeatCardProps = { seats: Resource<SeatListResponse>; activeUsers: number | undefined };

/** The seats used, out of those owned. */
export const SeatCard = ({ seats, activeUsers }: SeatCardProps) => {
  const { formats } = useDashboard();
  return (
    <Loaded resource={seats} what="seats">
      {({ used, max, overage }) => (
        <Card
          title="Seats used"
          value={
            <>
              {formats.number(used)} <small>of {max === null ? "unlimited" : formats.number(max)}</small>
            </>
          }
          detail={[
            activeUsers === undefined ? undefined : formats.count(activeUsers, "active user"),
            overage === 0 ? undefined : `${formats.number(overage)} over the license`,
          ]
            .filter((text) => text !== undefined)
            .join(" · ")}
        >
          {max !== null && <ShareBar of={used} whole={max} tone={seatTone(used, max)} />}
        </Card>
      )}
    </Loaded>
  );
};

/** A warning from 90 % of the seats, an alert when all are used. */
export const seatTone = (used: number, max: number): "good" | "warn" | "bad" => {
  if (used >= max) return "bad";
  return used >= 0.9 * max ? "warn" : "good";
};

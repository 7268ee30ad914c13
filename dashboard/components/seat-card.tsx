import type { SeatListResponse } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import type { Resource } from "../data/resource.ts";
import { Card, Share } from "./basics.tsx";
import { Part } from "./loaded.tsx";

type SeatCardProps = { seats: Resource<SeatListResponse>; activeUsers: number | undefined };

/** Seats used of those acquired. */
export const SeatCard = ({ seats, activeUsers }: SeatCardProps) => {
  const { formats } = useDashboard();
  return (
    <Part resource={seats} what="the seats">
      {({ used, max, overage }) => (
        <Card
          title="Licenses"
          value={
            <>
              {formats.number(used)} <small>of {max === null ? "unlimited" : formats.number(max)} seats used</small>
            </>
          }
          detail={[
            activeUsers === undefined ? undefined : `${formats.count(activeUsers, "active user")} in the range`,
            overage === 0 ? undefined : `${formats.number(overage)} beyond the license`,
          ]
            .filter((text) => text !== undefined)
            .join(", ")}
        >
          {max !== null && <Share of={used} whole={max} tone={seatTone(used, max)} />}
        </Card>
      )}
    </Part>
  );
};

/** Close to full is worth a look, full is bad. */
export const seatTone = (used: number, max: number): "good" | "warn" | "bad" => {
  if (used >= max) return "bad";
  return used >= 0.9 * max ? "warn" : "good";
};

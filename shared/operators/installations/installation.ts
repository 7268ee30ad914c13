import { createHash } from "node:crypto";
import type { Operator } from "../operator.ts";

/** The installation that an operator belongs to: its cluster's id, else its cluster's name, else its own id. */
export const installationOf = ({ clusterId, cluster, instanceId }: Names): string => clusterId ?? cluster ?? instanceId;

type Names = Pick<Operator, "clusterId" | "cluster" | "instanceId">;

/**
 * What an operator's item notes of its installation's slot: the maximum under which the installation has it, and a short
 * hash of the installation, since every heartbeat pays for the size of the item.
 */
export const slotMark = (installation: string, max: number): string => `${max}:${hashOf(installation)}`;

/** Whether a mark is of an installation. */
export const isMarkOf = (mark: string | undefined, installation: string): boolean =>
  mark?.split(":")[1] === hashOf(installation);

/** Whether a mark says that an installation has a slot under this maximum. A slot under a smaller one is one under this. */
export const isMarked = (mark: string | undefined, installation: string, max: number): boolean =>
  isMarkOf(mark, installation) && Number(mark?.split(":")[0]) <= max;

const hashOf = (installation: string): string =>
  createHash("sha256").update(installation).digest("base64url").slice(0, 12);

/** Ids of entities that no poller saw. */
import type { Provider } from "../providers/index.js"

/** Far above the ids that accounts give. */
const firstUnseenId = 900_000_000_000

/** An id for an entity that must be there although no poller saw it. */
export const unseenId = (provider: Provider, entity: string, n: number): string =>
  provider.entities[entity]?.ids === "uuid"
    ? `00000000-0000-4000-b000-${String(n).padStart(12, "0")}`
    : String(firstUnseenId + n)

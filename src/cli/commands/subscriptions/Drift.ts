/** Subscriptions that are not as applied, in words, and the command that mends them. Pure. */
import type { AppliedSubscription } from "../../../store/index.js"
import { refreshCommand } from "../../../subscriptions/index.js"

type Line = Pick<AppliedSubscription, "source" | "route" | "event" | "state">

const driftStates = new Set<Line["state"]>(["changed", "outdated", "inactive", "missing"])

export const isDrifted = ({ state }: Line): boolean => driftStates.has(state)

/** With its route where others of its source come by another. */
const nameOf = ({ event, route, source, state }: Line, all: ReadonlyArray<Line>): string =>
  all.some((other) => other.source === source && other.route !== route)
    ? `${event} by ${route} ${state}`
    : `${event} ${state}`

/** `2 of 3 subscriptions are not as applied: ticket_create missing, ticket_update missing` */
export const driftSentence = (off: ReadonlyArray<Line>, all: ReadonlyArray<Line>): string =>
  `${off.length} of ${all.length} subscriptions are not as applied: ${off.map((line) => nameOf(line, all)).join(", ")}`

/** `sources`: how many were looked at. */
export const driftMend = (
  off: ReadonlyArray<Line>,
  sources: number
): { readonly command: string; readonly recordsFirst: boolean } => {
  const [only, ...others] = [...new Set(off.map(({ source }) => source))]
  return {
    command: refreshCommand(others.length > 0 || sources === 1 ? null : only!),
    // A rule is sent again as it was: only a newer recording has the fields of now.
    recordsFirst: off.every(({ state }) => state === "outdated")
  }
}

/** The table of applied subscriptions. */
import type { SubscriptionStatus } from "../../../subscriptions/index.js"
import { columns } from "../../Output.js"

export const showStatus = (lines: ReadonlyArray<SubscriptionStatus>): string =>
  lines.length === 0
    ? "nothing was applied yet: hookshift subscriptions apply"
    : columns(
        ["source", "event", "route", "state", ""],
        lines.map((line) => [line.source, line.event, line.route, line.state, line.note ?? ""])
      )

/** The table of applied subscriptions. */
import type { SubscriptionStatus } from "../../../subscriptions/index.js"
import { columns } from "../../Output.js"

export const statusTable = (lines: ReadonlyArray<SubscriptionStatus>): string =>
  columns(
    ["source", "event", "route", "state", ""],
    lines.map((line) => [line.source, line.event, line.route, line.state, line.note ?? ""])
  )

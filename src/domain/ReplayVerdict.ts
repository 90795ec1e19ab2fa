/** The verdict on a replay: the report, the terminal, the gates and the exit code all take it from here. Pure. */
import { count, counted as some } from "./Figures.js"
import type { ReplayResult } from "./Report.js"

export interface ReplayVerdict {
  /** Nothing that polling brings would be lost. */
  readonly holds: boolean
  /** Without its full stop. */
  readonly sentence: string
}

export const replayVerdict = ({ parity, webhook }: ReplayResult): ReplayVerdict => {
  if (!parity.equal) {
    const found = some(parity.differing ?? parity.differences.length, "difference")
    return { holds: false, sentence: `the replay found ${found} between the two paths` }
  }
  // Had polling brought one of these, it would be a difference.
  const neither =
    webhook.missed === 0 ? "" : `; ${some(webhook.missed, "change")} that polling did not bring either came by no event`
  return { holds: true, sentence: `the replay found both paths to end with the same${neither}` }
}

/**
 * How the model of the same day compares with the wire, where the report has both; `null` where it has not. The wire
 * runs the real components, so the verdict is the wire's.
 */
export const modelBeside = ({ changes, driver, model, parity, webhook }: ReplayResult): string | null => {
  if (model === undefined || driver === "model") return null
  const alike = (model.differences === 0) === parity.equal && (model.missed === 0) === (webhook.missed === 0)
  const found = `${some(model.changes, "change")} (${count(model.estimated)} of them added by the estimated rate), ${count(model.missed)} missed, ${some(model.differences, "difference")}${model.calls === undefined ? "" : `, ${some(model.calls, "call")} where the real components made ${count(webhook.calls)}`}`
  return alike
    ? `The model of the same day agrees: ${found}.`
    : `**The model of the same day does not agree:** ${found}; the wire had ${some(changes, "change")}, ${count(webhook.missed)} missed, ${some(parity.differing ?? parity.differences.length, "difference")}. The verdict is the wire's, which runs the real receiver; the model also counts changes that polling could not see.`
}

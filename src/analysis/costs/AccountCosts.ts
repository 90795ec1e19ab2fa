/** Calls of each account, now and after the migration. Pure. */
import type { PollerAssessment } from "../../domain/Poller.js"
import type { Recording } from "../../domain/Recording.js"
import type { CallsAfterBreakdown } from "../../domain/Report.js"
import { becomes, isReplaced } from "../../domain/Verdict.js"
import { providerOf, routesText } from "../../providers/index.js"
import type { Detection } from "../detection/Detection.js"
import { type AnalysisSettings, routesOf } from "../Settings.js"
import { creditsOfStaying, creditsPerCall } from "./Credits.js"
import type { MigrationCosts } from "./MigrationCosts.js"

export interface AccountCosts {
  readonly account: string
  readonly product: string | null
  /** Its routes, as reports name them. */
  readonly route: string | null
  readonly calls: number
  readonly callsAfter: number
  readonly callsAfterBreakdown: CallsAfterBreakdown
  /** Of `callsAfter`: the share of readings that come more seldom than the window is long. */
  readonly seldom: number
  /** The same in credits of the rate limit. */
  readonly credits: number
  readonly creditsAfter: number
}

export const accountCosts = (
  recording: Recording,
  detection: Detection,
  pollers: ReadonlyArray<PollerAssessment>,
  costs: MigrationCosts,
  settings: AnalysisSettings
): ReadonlyArray<AccountCosts> => {
  const detected = new Map(detection.pollers.map((poller) => [poller.id, poller]))
  const accounts = new Map<string, { product: string | null; calls: number; credits: number; errors: number }>()
  for (const { calls, stream } of recording.streams) {
    let account = accounts.get(stream.account)
    if (account === undefined) {
      account = { product: stream.product, calls: 0, credits: 0, errors: 0 }
      accounts.set(stream.account, account)
    }
    account.calls += calls.length
    account.credits += calls.length * creditsPerCall(stream)
    for (const status of calls.status) if (status === 0 || status >= 500) account.errors += 1
  }
  return [...accounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, { calls, credits, errors, product }]): AccountCosts => {
      const staying = pollers.filter((poller) => poller.account === account && !isReplaced(poller))
      const unattributed = detection.unattributed.filter(({ stream }) => stream.account === account)
      const isTuned = (poller: PollerAssessment): boolean => becomes(poller) === "tuned"
      const tuned = staying.filter(isTuned).reduce((sum, { callsAfter }) => sum + callsAfter, 0)
      const kept =
        staying.filter((poller) => !isTuned(poller)).reduce((sum, poller) => sum + poller.calls, 0) +
        unattributed.reduce((sum, group) => sum + group.rows.length, 0)
      const routes =
        costs.routes.length > 0
          ? costs.routes
          : product === null
            ? null
            : routesOf(settings, account, providerOf(product))
      const { hydration, reconciliation, upkeep } = costs
      // At the error rate of the recorded calls.
      const retries = Math.round(((reconciliation + hydration) * errors) / calls)
      const stayingCredits =
        staying.reduce((sum, poller) => sum + creditsOfStaying(detected.get(poller.id)!, poller), 0) +
        unattributed.reduce((sum, { rows, stream }) => sum + rows.length * creditsPerCall(stream), 0)
      const pathCalls = reconciliation + hydration + upkeep + retries
      return {
        account,
        product,
        route: routes === null ? null : routesText(routes),
        calls,
        callsAfter: reconciliation + hydration + tuned + kept + upkeep + retries,
        callsAfterBreakdown: { reconciliation, hydration, tuned, kept, upkeep, retries },
        seldom: costs.seldom,
        credits,
        creditsAfter: Math.round(pathCalls + costs.extraCredits + stayingCredits)
      }
    })
}

/** What each account calls now, and what it would call. Pure. */
import type { Judged } from "../domain/Poller.js"
import type { CallsAfterBreakdown } from "../domain/Report.js"
import { providerOf, type Route } from "../providers/index.js"
import type { Recording } from "../store/service.js"
import { type AnalysisSettings, replaced, routeOf } from "./Examined.js"
import type { MigrationCosts } from "./MigrationCosts.js"
import type { Detection } from "./Sweeps.js"

export interface AccountCosts {
  readonly account: string
  readonly product: string | null
  readonly route: Route | null
  readonly calls: number
  readonly callsAfter: number
  readonly callsAfterBreakdown: CallsAfterBreakdown
}

export const accountCosts = (
  recording: Recording,
  detection: Detection,
  pollers: ReadonlyArray<Judged>,
  costs: MigrationCosts,
  settings: AnalysisSettings
): ReadonlyArray<AccountCosts> => {
  const streams = new Map(recording.streams.map((stream) => [stream.id, stream]))
  const accounts = new Map<string, { product: string | null; calls: number; errors: number }>()
  for (const call of recording.calls) {
    const { account: name, product } = streams.get(call.stream)!
    let account = accounts.get(name)
    if (account === undefined) {
      account = { product, calls: 0, errors: 0 }
      accounts.set(name, account)
    }
    account.calls += 1
    if (call.status === null || call.status >= 500) account.errors += 1
  }
  return [...accounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, { calls, errors, product }]): AccountCosts => {
      const moved = costs.byAccount.get(account)
      const kept =
        pollers
          .filter((poller) => poller.account === account && !replaced(poller))
          .reduce((sum, poller) => sum + poller.calls, 0) +
        detection.unattributed
          .filter(({ stream }) => stream.account === account)
          .reduce((sum, group) => sum + group.calls.length, 0)
      const { hydration, reconciliation, upkeep } = moved ?? { reconciliation: 0, hydration: 0, upkeep: 0 }
      // These calls fail as often as the recorded ones did.
      const retries = Math.round(((reconciliation + hydration) * errors) / calls)
      return {
        account,
        product,
        route: moved?.route ?? (product === null ? null : routeOf(settings, account, providerOf(product))),
        calls,
        callsAfter: reconciliation + hydration + kept + upkeep + retries,
        callsAfterBreakdown: { reconciliation, hydration, kept, upkeep, retries }
      }
    })
}

/** How much of its rate limit an account uses in its busiest minute, before and after. Pure. */
import type { CallId } from "../domain/Call.js"
import type { RateLimitUse } from "../domain/Report.js"
import { providerOf } from "../providers/index.js"
import type { Recording } from "../store/service.js"

export const accountLimits = (
  recording: Recording,
  replacedCalls: ReadonlySet<CallId>,
  settings: { readonly plans: Readonly<Record<string, string>> },
  callsPerReconciliation: ReadonlyMap<string, number>
): ReadonlyArray<RateLimitUse> => {
  const streams = new Map(recording.streams.map((stream) => [stream.id, stream]))
  const accounts = new Map<
    string,
    {
      product: string | null
      before: Map<number, number>
      after: Map<number, number>
      throttled: number
      limit: number | null
    }
  >()
  for (const call of recording.calls) {
    const stream = streams.get(call.stream)!
    let account = accounts.get(stream.account)
    if (account === undefined) {
      account = { product: stream.product, before: new Map(), after: new Map(), throttled: 0, limit: null }
      accounts.set(stream.account, account)
    }
    const minute = Math.floor(call.startedAt / 60_000)
    account.before.set(minute, (account.before.get(minute) ?? 0) + 1)
    if (!replacedCalls.has(call.id)) account.after.set(minute, (account.after.get(minute) ?? 0) + 1)
    if (call.status === 429) account.throttled += 1
    // Endpoints with a limit of their own name that; the account's is the largest that was named.
    if (call.limitTotal !== null && (account.limit === null || call.limitTotal > account.limit))
      account.limit = call.limitTotal
  }
  const peak = (minutes: ReadonlyMap<number, number>): number =>
    [...minutes.values()].reduce((most, count) => Math.max(most, count), 0)
  return [...accounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, { after, before, limit, product, throttled }]) => {
      const plan = settings.plans[account] ?? null
      const stated = plan === null ? undefined : providerOf(product)?.plans[plan]?.perMinute
      return {
        account,
        plan,
        limitPerMinute: stated ?? limit,
        peakPerMinuteBefore: peak(before),
        peakPerMinuteAfter: peak(after) + (callsPerReconciliation.get(account) ?? 0),
        throttled
      }
    })
}

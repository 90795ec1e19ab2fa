/** How much of its rate limit an account uses in its busiest minute, or hour where the product counts by it. Pure. */
import type { CallId } from "../domain/Call.js"
import type { RateLimitUse } from "../domain/Report.js"
import { providerOf } from "../providers/index.js"
import type { Recording } from "../store/service.js"

export const accountLimits = (
  recording: Recording,
  replacedCalls: ReadonlySet<CallId>,
  settings: { readonly plans: Readonly<Record<string, string>>; readonly reconcileSeconds: number },
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
  const peakHour = (minutes: ReadonlyMap<number, number>): number => {
    const hours = new Map<number, number>()
    for (const [minute, count] of minutes) {
      const hour = Math.floor(minute / 60)
      hours.set(hour, (hours.get(hour) ?? 0) + count)
    }
    return peak(hours)
  }
  return [...accounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, { after, before, limit, product, throttled }]) => {
      const plan = settings.plans[account] ?? null
      const provider = providerOf(product)
      const stated = plan === null ? undefined : provider?.plans[plan]
      const byHour = (stated ?? Object.values(provider?.plans ?? {})[0])?.period === "hour"
      const sweep = callsPerReconciliation.get(account) ?? 0
      const most = stated?.limit ?? limit
      return {
        account,
        product,
        plan,
        limitPerMinute: byHour ? null : most,
        limitPerHour: byHour ? most : null,
        peakPerMinuteBefore: peak(before),
        peakPerMinuteAfter: peak(after) + sweep,
        peakPerHourBefore: peakHour(before),
        peakPerHourAfter: peakHour(after) + Math.ceil((sweep * 3_600) / Math.min(3_600, settings.reconcileSeconds)),
        throttled
      }
    })
}

/** The remedy where nothing is subscribed. Without a recording no verdict tells which events: they are named. */
import { Effect } from "effect"
import type { Source } from "../../../config/service.js"
import { Store } from "../../../store/service.js"

export const applyNamed = "hookshift subscriptions apply --events ticket_create,ticket_update"

const isRecorded = Effect.gen(function* () {
  return (yield* (yield* Store).span) !== null
})

export const nothingSubscribed = Effect.gen(function* () {
  return `nothing is subscribed: ${(yield* isRecorded) ? "hookshift subscriptions apply" : `${applyNamed}, or the events that you need`}`
})

/** A line for each source with a webhook that nothing is subscribed for, where others have subscriptions. */
export const notSubscribed = (sources: ReadonlyArray<Source>) =>
  Effect.gen(function* () {
    const applied = new Set((yield* (yield* Store).subscriptions).map(({ source }) => source))
    const without = sources.filter(({ name, webhooks }) => webhooks.length > 0 && !applied.has(name))
    if (without.length === 0 || applied.size === 0) return []
    const events = (yield* isRecorded) ? "" : " --events LIST"
    return without.map(
      ({ name }) => `nothing is subscribed for ${name}: hookshift subscriptions apply --source ${name}${events}`
    )
  })

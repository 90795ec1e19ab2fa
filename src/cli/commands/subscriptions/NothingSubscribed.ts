/** The remedy where nothing is subscribed. Without a recording no verdict tells which events: they are named. */
import { Effect } from "effect"
import { Store } from "../../../store/service.js"

export const applyNamed = "hookshift subscriptions apply --events ticket_create,ticket_update"

export const nothingSubscribed = Effect.gen(function* () {
  const recorded = (yield* (yield* Store).span) !== null
  return `nothing is subscribed: ${recorded ? "hookshift subscriptions apply" : `${applyNamed}, or the events that you need`}`
})

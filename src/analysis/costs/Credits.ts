/** Credits of the account's rate limit: an embed (`include=`) costs some beyond its call (FRESHWORKS.md). Pure. */
import type { Stream } from "../../domain/Call.js"
import type { PollerAssessment } from "../../domain/Poller.js"
import { cataloguedEndpoint, creditsOf, providerOf } from "../../providers/index.js"
import { callsOf, type DetectedPoller } from "../detection/DetectedPoller.js"

/** Credits that a call of the stream costs. */
export const creditsPerCall = (stream: Stream): number => {
  const provider = providerOf(stream.product)
  const embedded = /(?:^|&)include=([^&]*)/.exec(stream.query)?.[1] ?? null
  return provider === null
    ? 1
    : creditsOf(provider, cataloguedEndpoint(provider, stream.method, stream.template), embedded)
}

/** Of all of a poller's calls. */
const pollerCredits = (poller: DetectedPoller): number => {
  let credits = 0
  for (const { recording } of callsOf(poller)) credits += creditsPerCall(recording.stream)
  return credits
}

/**
 * Of a poller that stays, tuned or not: at the credits of its calls of today, or of the embed that it then asks for.
 */
export const creditsOfStaying = (poller: DetectedPoller, assessed: PollerAssessment): number => {
  const chosen = assessed.alternatives.find((one) => one.admissible && one.calls === assessed.callsAfter)
  const embed = /^include=(.*)$/.exec(chosen?.name ?? "")?.[1]
  return embed === undefined || poller.provider === null
    ? (assessed.callsAfter * pollerCredits(poller)) / poller.calls
    : assessed.callsAfter * creditsOf(poller.provider, poller.endpoint, embed)
}

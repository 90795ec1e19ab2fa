/** A call as the recorder observes it: a list of Freshdesk's tickets that was answered 200, unless said otherwise. */
import { type Observation, observationOf } from "../../src/capture/Observation.js"

export const observedCall = (fields: Partial<Observation> = {}): Observation => ({
  ...observationOf({
    startedAt: 2_000,
    durationMs: 5,
    method: "GET",
    url: "https://acme.freshdesk.com/api/v2/tickets",
    authorization: null,
    userAgent: null,
    status: 200,
    error: null,
    requestBytes: 0,
    responseBytes: 2,
    header: () => null,
    contentType: null,
    body: null,
    requestBody: null
  }),
  ...fields
})

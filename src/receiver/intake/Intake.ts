/**
 * From a request to its answer, on any server. `admit` checks the head before the body and refuses cheaply; `deliver`
 * verifies the raw bytes, and only a signed delivery goes on. Plain TypeScript: some 15 µs a delivery.
 */
import type { Timekeeper } from "../../domain/Time.js"
import type { Policy } from "../../policy/index.js"
import type { CommitQueue } from "../inbox/CommitQueue.js"
import { beginWithZero, type Metrics } from "../operations/Metrics.js"
import type { Trace } from "../operations/Tracing.js"
import { parsePayload } from "../payloads/PayloadParser.js"
import { type Headers, identityOf } from "../signatures/Signature.js"
import { addressList, clientAddress, networkOf } from "./Addresses.js"
import { type Answer, keptAnswer, makeRefusing, refusals } from "./Answers.js"
import { readableBody, unpacked } from "./BodyReading.js"
import { type KnownSender, type KnownSource, knownSources, tellingOf } from "./KnownSources.js"
import type { ReceiverSource } from "./Sources.js"
import { type BodyLimits, makeUnfinishedBodies, type UnfinishedBodies } from "./UnfinishedBodies.js"
import { makeVerifying, mayFit } from "./Verifying.js"

/** A request before its body. Header names are lower case. */
export interface Head {
  readonly method: string
  readonly source: string
  readonly headers: Headers
  readonly remoteAddress: string
}

export interface Intake {
  /** A refusal, or `null` for: send the body. */
  readonly admit: (head: Head) => Answer | null
  /** Returns whether the delivery is signed, before it is answered. */
  readonly deliver: (head: Head, body: Buffer, done: (answer: Answer) => void) => boolean
  /** The bodies that are on their way, on any server. */
  readonly bodies: UnfinishedBodies
  /**
   * The share that a request counts to where a bound is reached: its sender's network, behind the proxies that are
   * trusted.
   */
  readonly shareOf: (head: Head) => string
  /** From now on every request is answered 503; bodies that are on their way may become whole. */
  readonly close: () => void
  /** A body that grew over the limit, did not come, or was read by another handler. */
  readonly refuse: (source: string, why: keyof typeof refusals) => Answer
  readonly maxBodyBytes: number
  /** Other secrets or addresses from now on; sources that are not named are gone. */
  readonly setSources: (sources: ReadonlyMap<string, ReceiverSource>) => void
}

export interface IntakeOptions {
  readonly sources: ReadonlyMap<string, ReceiverSource>
  readonly maxBodyBytes: number
  readonly limits: BodyLimits
  readonly trustProxy: ReadonlyArray<string>
  readonly time: Timekeeper
  readonly metrics: Metrics
  readonly put: CommitQueue["put"]
  readonly policy: Policy
  readonly onRejected: (source: string, reason: string) => void
  /** Signed, kept, and not understood: the handler never sees it. */
  readonly onQuarantined: (source: string, reason: string) => void
  readonly onUnavailable: (source: string) => void
  /** Which of the source's secrets, those of all its senders in one row, a delivery was signed with. */
  readonly onVerified: (source: string, secret: number) => void
  readonly onStored: (source: string) => void
  readonly onAcknowledged: (seconds: number) => void
  readonly trace?: Trace | undefined
}

interface VerifiedDelivery {
  readonly source: string
  readonly known: KnownSource
  readonly sender: KnownSender
  readonly headers: Headers
  /** Unpacked, as JSON. */
  readonly body: Buffer
  readonly deliveryId: string | null
  /** When its last byte came, on `performance.now()`'s clock. */
  readonly from: number
}

/** Parsed once more, since few deliveries come here, and the inbox's answer stays one byte for each. */
const whyNotUnderstood = (source: KnownSource, headers: Readonly<Record<string, string>>, body: Buffer): string => {
  const parsed = parsePayload(body, { provider: source.provider, header: (name) => headers[name] ?? null })
  return parsed.understood ? "it was not understood when it came" : parsed.reason
}

export const makeIntake = (options: IntakeOptions): Intake => {
  const { maxBodyBytes, metrics, policy, put, time, trace } = options
  const trusted = options.trustProxy.length === 0 ? null : addressList(options.trustProxy)
  const bodies = makeUnfinishedBodies(options.limits, maxBodyBytes)
  const verify = makeVerifying(time, maxBodyBytes)
  let sources = knownSources(options.sources)
  beginWithZero(metrics, sources.keys())
  let closing = false
  const refusing = makeRefusing({
    metrics,
    isKnown: (source) => sources.has(source),
    onRejected: options.onRejected
  })

  const addressOf = ({ headers, remoteAddress }: Head): string => {
    const forwarded = headers["x-forwarded-for"]
    return clientAddress(remoteAddress, typeof forwarded === "string" ? forwarded : undefined, trusted)
  }

  /** The senders of a source that may post from a request's address. */
  const sendersAt = (known: KnownSource, head: Head): ReadonlyArray<KnownSender> => {
    if (known.senders.every(({ allowed }) => allowed === null)) return known.senders
    const address = addressOf(head)
    return known.senders.filter(({ allowed }) => allowed?.has(address) !== false)
  }

  /** Stores a signed and readable delivery; answers once it is on disk. */
  const store = (delivery: VerifiedDelivery, done: (answer: Answer) => void): void => {
    const { body, deliveryId, from, known, sender, source } = delivery
    const route = known.senders.length === 1 ? {} : { route: sender.route }
    const receivedAt = time.now()
    const headers = tellingOf(known, delivery.headers)
    put({ source, origin: "webhook", receivedAt, body, deliveryId, headers, ...route }, (result) => {
      metrics.deliveries.inc({ source, outcome: result })
      trace?.({
        name: "hookshift.delivery",
        kind: "server",
        from,
        attributes: { source, outcome: result, bytes: body.length },
        failure: policy.isKept(result) ? null : result
      })
      if (!policy.isKept(result)) {
        options.onUnavailable(source)
        return done(refusals.unavailable)
      }
      // Parsed or not, new or not: it is on disk. Follow-up work is noted first, so that it is never answered and idle.
      if (result === "stored") options.onStored(source)
      if (result === "quarantined") options.onQuarantined(source, whyNotUnderstood(known, headers, body))
      metrics.lastDelivery.set({ source }, receivedAt / 1000)
      const seconds = (performance.now() - from) / 1000
      metrics.acknowledgement.observe(seconds)
      options.onAcknowledged(seconds)
      done(keptAnswer(result))
    })
  }

  return {
    maxBodyBytes,
    bodies,
    shareOf: (head) => networkOf(addressOf(head)),
    close: () => {
      closing = true
    },
    setSources: (given) => {
      sources = knownSources(given)
      beginWithZero(metrics, sources.keys())
    },
    refuse: refusing.plainly,
    admit: (head) => {
      const { headers, method, source } = head
      if (closing) return refusing.plainly(source, "unavailable")
      const known = sources.get(source)
      if (known === undefined) return refusing.unknownSource(source)
      if (method !== "POST") return refusing.wrongMethod(source)
      const senders = sendersAt(known, head)
      if (senders.length === 0) return refusing.forbidden(source)
      if (Number(headers["content-length"] ?? 0) > maxBodyBytes) return refusing.plainly(source, "too_large")
      const form = mayFit(senders, headers)
      return form === "ok" ? null : refusing.unauthorized(source, form)
    },
    deliver: (head, sent, done) => {
      const { headers, source } = head
      const known = sources.get(source)
      if (known === undefined) {
        done({ status: 404, text: "unknown source\n" })
        return false
      }
      const from = performance.now()
      const { check, sender, signed } = verify(sendersAt(known, head), headers, sent)
      if (!check.valid) {
        done(refusing.unauthorized(source, check.reason))
        return false
      }
      options.onVerified(source, sender.firstSecret + check.secret)
      const plain = unpacked(sent, headers, maxBodyBytes)
      const body = typeof plain === "string" ? plain : readableBody(plain, headers)
      if (typeof body === "string") done(refusing.unreadable(source, body))
      else {
        const deliveryId = identityOf(sender.profile, headers, signed)
        store({ source, known, sender, headers, body, deliveryId, from }, done)
      }
      return true
    }
  }
}

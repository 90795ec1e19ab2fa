/**
 * From a request to its answer, whichever server it came by. `admit` looks at what is known before the body and refuses
 * cheaply; `deliver` verifies the raw bytes, and only what is signed goes on. Plain TypeScript: some 15 µs a delivery.
 */
import type { Timekeeper } from "../../domain/Time.js"
import type { Policy } from "../../policy/index.js"
import { type Provider, providerOf } from "../../providers/index.js"
import type { CommitQueue } from "../inbox/CommitQueue.js"
import type { CommitResult } from "../inbox/Delivery.js"
import type { Metrics } from "../operations/Metrics.js"
import type { Trace } from "../operations/Tracing.js"
import { understand } from "../payloads/Understanding.js"
import {
  type Headers,
  identityOf,
  type SignatureCheck,
  verifyWebhook,
  wellFormedSignature
} from "../signatures/Signature.js"
import { type AddressList, addressList, clientAddress, networkOf } from "./Addresses.js"
import { readableBody, type Unreadable, unpacked, unreadableText } from "./BodyReading.js"
import type { ReceiverSource } from "./Sources.js"
import { type BodyLimits, makeUnfinishedBodies, type UnfinishedBodies } from "./UnfinishedBodies.js"

export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What is known of a request before its body. Header names are lower case. */
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
  /** The bodies that are on their way, from whichever server. */
  readonly bodies: UnfinishedBodies
  /** The share that a request counts to where a bound is reached: its sender's network, behind the proxies that are trusted. */
  readonly shareOf: (head: Head) => string
  /** From now on every request is answered 503; bodies that are on their way may become whole. */
  readonly close: () => void
  /** A body that grew over the limit, did not come, or was read by somebody else. */
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
  /** Which of the source's secrets a delivery was signed with. */
  readonly onVerified: (source: string, secret: number) => void
  readonly onStored: (source: string) => void
  readonly onAcknowledged: (seconds: number) => void
  readonly trace?: Trace | undefined
}

const retryAfter = { "retry-after": "5" }
const refusals = {
  too_large: { status: 413, text: "too large\n" },
  too_slow: { status: 408, text: "the body did not come in time\n" },
  unavailable: { status: 503, text: "cannot be stored now\n", headers: retryAfter },
  broken_off: { status: 400, text: "the body broke off\n" },
  consumed: {
    status: 500,
    text: "the body was read before hookshift could verify it: put hookshift's handler before body parsers, or keep the raw bytes as rawBody\n"
  }
} as const satisfies Record<string, Answer>

/** A stranger can make the receiver unpack a body that is not signed: so often a second, as each may cost some 3 ms. */
const unpackedUnsignedPerSecond = 50
const kept = (result: CommitResult): Answer => ({ status: 200, text: `${result}\n` })

interface Known extends ReceiverSource {
  readonly allowed: AddressList | null
  /** Headers that the reading of its bodies depends on. */
  readonly telling: ReadonlyArray<string>
}

const tellingHeaders = (provider: Provider | null): ReadonlyArray<string> => [
  ...new Set(provider?.described?.webhook?.payloads.flatMap(({ header }) => (header ? [header.name] : [])) ?? [])
]

/** Read once more on the way that few deliveries take, so that the inbox's answer stays one byte for each. */
const whyNotUnderstood = (settings: Known, headers: Readonly<Record<string, string>>, body: Buffer): string => {
  const provider = providerOf(settings.product ?? "freshdesk")
  const read = understand(body, { provider, header: (name) => headers[name] ?? null })
  return read.understood ? "it was not understood when it came" : read.reason
}

export const makeIntake = (options: IntakeOptions): Intake => {
  const { maxBodyBytes, metrics, policy, put, time } = options
  const trusted = options.trustProxy.length === 0 ? null : addressList(options.trustProxy)
  let sources = new Map<string, Known>()

  const setSources: Intake["setSources"] = (given) => {
    sources = new Map(
      [...given].map(([name, source]) => [
        name,
        {
          ...source,
          allowed: source.allowFrom === undefined ? null : addressList(source.allowFrom),
          telling: tellingHeaders(providerOf(source.product ?? "freshdesk"))
        }
      ])
    )
  }
  setSources(options.sources)

  const refused = (source: string, outcome: string, answer: Answer): Answer => {
    metrics.deliveries.inc({ source: sources.has(source) ? source : "unknown", outcome })
    return answer
  }
  const unreadable = (source: string, why: Unreadable): Answer => {
    if (why === "too_large") return refused(source, why, refusals.too_large)
    options.onRejected(source, why)
    return refused(source, "unsupported", {
      status: 415,
      text: `${unreadableText[why]}\n`,
      headers: { "accept-encoding": "gzip, deflate, br" }
    })
  }

  let second = 0
  let unpackedUnsigned = 0
  const mayUnpack = (now: number): boolean => {
    if (Math.floor(now / 1000) !== second) {
      second = Math.floor(now / 1000)
      unpackedUnsigned = 0
    }
    return ++unpackedUnsigned <= unpackedUnsignedPerSecond
  }

  /** Over the bytes as they were sent; some senders sign first and pack then, so else over the unpacked ones: `signed`. */
  const verify = (
    settings: Known,
    headers: Headers,
    body: Buffer
  ): { readonly check: SignatureCheck; readonly signed: Buffer } => {
    const now = time.now()
    const check = verifyWebhook(settings, headers, body, now)
    if (check.valid || check.reason !== "wrong" || headers["content-encoding"] === undefined || !mayUnpack(now))
      return { check, signed: body }
    const plain = unpacked(body, headers, maxBodyBytes)
    return typeof plain === "string" || plain === body
      ? { check, signed: body }
      : { check: verifyWebhook(settings, headers, plain, now), signed: plain }
  }

  const unauthorized = (source: string, reason: string): Answer => {
    options.onRejected(source, reason)
    return refused(source, "unauthorized", { status: 401, text: `signature ${reason}\n` })
  }

  const bodies = makeUnfinishedBodies(options.limits, maxBodyBytes)
  let closing = false
  const addressOf = ({ headers, remoteAddress }: Head): string => {
    const forwarded = headers["x-forwarded-for"]
    return clientAddress(remoteAddress, typeof forwarded === "string" ? forwarded : undefined, trusted)
  }

  return {
    maxBodyBytes,
    bodies,
    shareOf: (head) => networkOf(addressOf(head)),
    close: () => {
      closing = true
    },
    setSources,
    refuse: (source, why) => refused(source, why, refusals[why]),
    admit: (head) => {
      const { headers, method, source } = head
      if (closing) return refused(source, "unavailable", refusals.unavailable)
      const settings = sources.get(source)
      if (settings === undefined) return refused(source, "unknown_source", { status: 404, text: "unknown source\n" })
      if (method !== "POST")
        return refused(source, "wrong_method", {
          status: 405,
          text: "POST a delivery here\n",
          headers: { allow: "POST" }
        })
      if (settings.allowed !== null) {
        if (!settings.allowed.has(addressOf(head))) {
          options.onRejected(source, "address")
          return refused(source, "forbidden", { status: 403, text: "this address may not post here\n" })
        }
      }
      if (Number(headers["content-length"] ?? 0) > maxBodyBytes) return refused(source, "too_large", refusals.too_large)
      const form = wellFormedSignature(settings, headers)
      return form === "ok" ? null : unauthorized(source, form)
    },
    deliver: ({ headers, source }, sent, done) => {
      const settings = sources.get(source)
      if (settings === undefined) {
        done({ status: 404, text: "unknown source\n" })
        return false
      }
      const from = performance.now()
      const { check, signed } = verify(settings, headers, sent)
      if (!check.valid) {
        done(unauthorized(source, check.reason))
        return false
      }
      options.onVerified(source, check.secret)
      const plain = unpacked(sent, headers, maxBodyBytes)
      const body = typeof plain === "string" ? plain : readableBody(plain, headers)
      if (typeof body === "string") {
        done(unreadable(source, body))
        return true
      }
      const telling: Record<string, string> = {}
      for (const name of settings.telling) {
        const value = headers[name]
        if (typeof value === "string") telling[name] = value
      }
      const receivedAt = time.now()
      const deliveryId = identityOf(settings.profile, headers, signed)
      put({ source, origin: "webhook", receivedAt, body, deliveryId, headers: telling }, (result) => {
        metrics.deliveries.inc({ source, outcome: result })
        options.trace?.({
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
        // Parsed or not, new or not: it is on disk. First whatever follows from it, so that nobody sees it answered and idle.
        if (result === "stored") options.onStored(source)
        if (result === "quarantined") options.onQuarantined(source, whyNotUnderstood(settings, telling, body))
        metrics.lastDelivery.set({ source }, receivedAt / 1000)
        const seconds = (performance.now() - from) / 1000
        metrics.acknowledgement.observe(seconds)
        options.onAcknowledged(seconds)
        done(kept(result))
      })
      return true
    }
  }
}

/** The receiver's answers to a request (docs/receiver.md has the table). */
import type { CommitResult } from "../../domain/CommitResult.js"
import type { Metrics } from "../operations/Metrics.js"
import { type Unreadable, unreadableText } from "./BodyReading.js"

export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

const retryAfter = { "retry-after": "5" }

/** Refusals that do not depend on the source. */
export const refusals = {
  too_large: { status: 413, text: "too large\n" },
  too_slow: { status: 408, text: "the body did not come in time\n" },
  unavailable: { status: 503, text: "cannot be stored now\n", headers: retryAfter },
  broken_off: { status: 400, text: "the body broke off\n" },
  consumed: {
    status: 500,
    text: "the body was read before hookshift could verify it: put hookshift's handler before body parsers, or keep the raw bytes as rawBody\n"
  }
} as const satisfies Record<string, Answer>

/** The answer to a delivery that is kept. */
export const keptAnswer = (result: CommitResult): Answer => ({ status: 200, text: `${result}\n` })

/** Refusals, counted; those of a known source that its owner should look at are told as well. */
export interface Refusing {
  readonly plainly: (source: string, why: keyof typeof refusals) => Answer
  readonly unknownSource: (source: string) => Answer
  readonly wrongMethod: (source: string) => Answer
  readonly forbidden: (source: string) => Answer
  readonly unauthorized: (source: string, reason: string) => Answer
  readonly unreadable: (source: string, why: Unreadable) => Answer
}

export const makeRefusing = (options: {
  readonly metrics: Metrics
  readonly isKnown: (source: string) => boolean
  readonly onRejected: (source: string, reason: string) => void
}): Refusing => {
  const { isKnown, metrics, onRejected } = options
  const refused = (source: string, outcome: string, answer: Answer): Answer => {
    metrics.deliveries.inc({ source: isKnown(source) ? source : "unknown", outcome })
    return answer
  }
  const rejected = (source: string, reason: string, outcome: string, answer: Answer): Answer => {
    onRejected(source, reason)
    return refused(source, outcome, answer)
  }
  return {
    plainly: (source, why) => refused(source, why, refusals[why]),
    unknownSource: (source) => refused(source, "unknown_source", { status: 404, text: "unknown source\n" }),
    wrongMethod: (source) =>
      refused(source, "wrong_method", { status: 405, text: "POST a delivery here\n", headers: { allow: "POST" } }),
    forbidden: (source) =>
      rejected(source, "address", "forbidden", { status: 403, text: "this address may not post here\n" }),
    unauthorized: (source, reason) =>
      rejected(source, reason, "unauthorized", { status: 401, text: `signature ${reason}\n` }),
    unreadable: (source, why) => {
      if (why === "too_large") return refused(source, why, refusals.too_large)
      const text = `${unreadableText[why]}\n`
      const headers = { "accept-encoding": "gzip, deflate, br" }
      return rejected(source, why, "unsupported", { status: 415, text, headers })
    }
  }
}

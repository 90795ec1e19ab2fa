/**
 * Spans of deliveries and hand-overs, from plain code: a hot path starts no fiber for them. Attributes are
 * names and outcomes; no body, header, id or secret is among them.
 */
import { Exit, Option, Context as SpanContext, type Tracer } from "effect"

export interface FinishedSpan {
  readonly name: "hookshift.delivery" | "hookshift.hand_over"
  readonly kind: Tracer.SpanKind
  /** On `performance.now()`'s clock, in milliseconds; it ends now. */
  readonly from: number
  readonly attributes: Readonly<Record<string, string | number>>
  /** The failure in a word; `null` for success. */
  readonly failure: string | null
}

export type Trace = (span: FinishedSpan) => void

const nanoseconds = (at: number): bigint => BigInt(Math.round((performance.timeOrigin + at) * 1_000)) * 1_000n

export const traceWith =
  (tracer: Tracer.Tracer): Trace =>
  ({ attributes, failure, from, kind, name }) => {
    const span = tracer.span(name, Option.none(), SpanContext.empty(), [], nanoseconds(from), kind)
    for (const [key, value] of Object.entries(attributes)) span.attribute(key, value)
    span.end(nanoseconds(performance.now()), failure === null ? Exit.void : Exit.fail(new Error(failure)))
  }

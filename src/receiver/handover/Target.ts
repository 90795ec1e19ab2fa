/** Where events go: a callback, a URL, a program. */
import type { WebhookEvent } from "../../domain/Event.js"
import type { ToHandOver } from "../inbox/Delivery.js"

export type EventHandler = (event: WebhookEvent) => void | Promise<void>

export interface Target {
  /**
   * Resolves once the target has the event; rejects, with a `TargetFailure` where it can say more, for: again later.
   * Where the event leaves some time after the call, `mayLeave` is asked once more right before; `notOwner` is thrown
   * where it may not.
   */
  readonly deliver: (event: ToHandOver, mayLeave?: () => boolean) => Promise<void>
  /** How long it may have an event in hand before it has failed; unset for: no bound. */
  readonly timeoutMs?: number | undefined
  readonly close?: () => Promise<void>
}

/** Why the target did not take an event. Its own words may hold the event's data, so only a kind is kept. */
export class TargetFailure extends Error {
  constructor(
    /** `Status503`, `Timeout`, `ECONNREFUSED`, `ExitCode1`. */
    readonly kind: string,
    /** The target takes no event now, as far as can be told: not this event's fault. */
    readonly down: boolean,
    /** It asked to be left alone for so long, in milliseconds. */
    readonly retryAfterMs: number | null = null
  ) {
    super(`the target did not take the event: ${kind}`)
    this.name = kind
  }
}

/** Another receiver may own the inbox: the event has not left. */
export const notOwner = (): TargetFailure => new TargetFailure("NotOwner", false)

const longestKind = 100

/** The kind of any failure, without its message. A handler may throw a value with any name, of any type. */
export const failureOf = (error: unknown): TargetFailure => {
  const name: unknown = error instanceof Error ? error.name : "Error"
  const kind = typeof name === "string" ? name.slice(0, longestKind) : "Error"
  const known = error instanceof TargetFailure
  const wait = known ? error.retryAfterMs : null
  return new TargetFailure(kind, known && error.down === true, Number.isFinite(wait) && wait! >= 0 ? wait : null)
}

/** A function in this process. */
export const callbackTarget = (handler: EventHandler): Target => ({
  deliver: async ({ body }) => {
    await handler(JSON.parse(body) as WebhookEvent)
  }
})

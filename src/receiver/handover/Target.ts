/** Where events go: a callback, a URL, a program. */
import type { HandedEvent } from "../../domain/Event.js"
import type { ToHandOver } from "../inbox/Delivery.js"

export type EventHandler = (event: HandedEvent) => void | Promise<void>

export interface Target {
  /** Resolves once the target has the event; rejects, with a `TargetFailure` where it can say more, for: again later. */
  readonly deliver: (event: ToHandOver) => Promise<void>
  readonly close?: () => Promise<void>
}

/** Why the target did not take an event. Its own words may hold the event's data, so only a kind is kept. */
export class TargetFailure extends Error {
  constructor(
    /** `Status503`, `Timeout`, `ECONNREFUSED`, `ExitCode1`. */
    readonly kind: string,
    /** It takes nothing from anybody now, as far as that can be told: not this event's fault. */
    readonly down: boolean,
    /** It asked to be left alone for so long, in milliseconds. */
    readonly retryAfterMs: number | null = null
  ) {
    super(`the target did not take the event: ${kind}`)
    this.name = kind
  }
}

/** The kind of any failure, without its words. */
export const failureOf = (error: unknown): TargetFailure =>
  error instanceof TargetFailure ? error : new TargetFailure(error instanceof Error ? error.name : "Error", false)

/** A function in this process. */
export const callbackTarget = (handler: EventHandler): Target => ({
  deliver: async ({ body }) => {
    await handler(JSON.parse(body) as HandedEvent)
  }
})

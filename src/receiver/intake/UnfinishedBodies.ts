/**
 * The one reader of bodies, for every server: the listener, Express, Fastify, a fetch handler, Effect. It holds their
 * bounds: the length of each, the time until it is whole, and the bytes of all of them together.
 */
import { Shares } from "./Shares.js"

export interface BodyLimits {
  /** Bytes of bodies that are not whole yet, of all senders; beyond it one is refused (Shares.ts). Default 32 MiB. */
  readonly unfinishedBytes?: number
  /** From the headers to the last byte of the body; default 15 s. */
  readonly bodyMs?: number
}

export type BodyRefusal = "too_large" | "too_slow" | "unavailable"

/** A body on its way. After a refusal, which is told once, pieces are dropped and `end` gives `null`. */
export interface Reading {
  readonly push: (piece: Uint8Array) => void
  readonly end: () => Buffer | null
  /** A bound outside this one is reached: the connection has to go. */
  readonly refuse: (why: BodyRefusal) => void
  /** The sender broke off; `false` where the body was whole or refused before. */
  readonly abandon: () => boolean
}

export interface BodySender {
  /** Its network's (Intake.ts, `shareOf`). */
  readonly share: string
  /** The connection has brought a signed delivery before; it gives way after all that have not. */
  readonly proven: boolean
}

export interface UnfinishedBodies {
  /** A request without a body byte counts as well. */
  readonly begin: (sender: BodySender, refused: (why: BodyRefusal) => void) => Reading
  readonly count: () => number
  /** No body gets longer than this any more: the receiver closes. */
  readonly endWithin: (ms: number) => void
}

export const defaultBodyMs = 15_000
/** Sixteen thousand deliveries of 2 KB, or 32 of the longest. */
const defaultUnfinishedBytes = 32 * 1024 * 1024

interface Unfinished extends BodySender {
  readonly since: number
  readonly refused: (why: BodyRefusal) => void
  pieces: Array<Uint8Array>
  size: number
  open: boolean
}

export const makeUnfinishedBodies = (limits: BodyLimits, mostBytes: number): UnfinishedBodies => {
  const { unfinishedBytes = defaultUnfinishedBytes } = limits
  let { bodyMs = defaultBodyMs } = limits
  /** Oldest first, and as all have the same time, the first one due first. */
  const unfinished = new Set<Unfinished>()
  const strangers = new Shares<Unfinished>()
  const proven = new Shares<Unfinished>()
  let held = 0
  let timer: NodeJS.Timeout | null = null

  const sharesOf = (one: Unfinished): Shares<Unfinished> => (one.proven ? proven : strangers)

  /** Returns whether it was open. */
  const finish = (one: Unfinished): boolean => {
    if (!one.open) return false
    one.open = false
    unfinished.delete(one)
    sharesOf(one).leave(one.share, one, one.size)
    held -= one.size
    return true
  }
  const refuse = (one: Unfinished, why: BodyRefusal): void => {
    if (!finish(one)) return
    one.pieces = []
    one.refused(why)
  }

  const expire = (): void => {
    timer = null
    const now = performance.now()
    for (const one of unfinished) {
      const left = one.since + bodyMs - now
      if (left > 0) return arm(left)
      refuse(one, "too_slow")
    }
  }
  const arm = (ms: number): void => {
    if (timer !== null) return
    timer = setTimeout(expire, ms + 1)
    timer.unref()
  }

  return {
    begin: ({ proven: isProven, share }, refused) => {
      const one: Unfinished = {
        share,
        proven: isProven,
        since: performance.now(),
        refused,
        pieces: [],
        size: 0,
        open: true
      }
      unfinished.add(one)
      sharesOf(one).join(share, one)
      arm(bodyMs)
      return {
        push: (piece) => {
          if (!one.open) return
          one.size += piece.length
          held += piece.length
          sharesOf(one).grow(share, piece.length)
          if (one.size > mostBytes) return refuse(one, "too_large")
          one.pieces.push(piece)
          while (held > unfinishedBytes) refuse(strangers.first() ?? proven.first()!, "unavailable")
        },
        end: () => {
          if (!finish(one)) return null
          const [first] = one.pieces
          if (one.pieces.length !== 1) return Buffer.concat(one.pieces)
          return Buffer.isBuffer(first) ? first : Buffer.from(first!.buffer, first!.byteOffset, first!.byteLength)
        },
        refuse: (why) => refuse(one, why),
        abandon: () => finish(one)
      }
    },
    count: () => unfinished.size,
    endWithin: (ms) => {
      bodyMs = Math.min(bodyMs, ms)
      const closing = setTimeout(() => {
        for (const one of [...unfinished]) refuse(one, "unavailable")
      }, ms)
      closing.unref()
    }
  }
}

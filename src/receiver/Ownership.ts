/**
 * Whether this receiver may go on, as the listener's thread knows it: it owns the inbox, and the inbox's files are
 * where they were. The inbox's thread fences writes (inbox/Owning.ts); this fences the hand-over, and says when all
 * is over.
 */
import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { movedError, StoreError, watchFile } from "../store/index.js"
import { failureOf, notOwner, type Target } from "./handover/Target.js"
import { leaseTimes } from "./inbox/Lease.js"
import type { OwnerData, OwnerNews } from "./inbox/Owning.js"
import { steadyNow } from "./inbox/SteadyClock.js"
import type { Log } from "./operations/Log.js"

export interface Ownership {
  readonly data: OwnerData
  readonly hear: (news: OwnerNews) => void
  /** Why nothing is stored or handed over now; `null` where it is. */
  readonly trouble: () => string | null
  /** It will not become well again, or is not waited for any more. */
  readonly over: () => boolean
  /** Resolves once it is over other than by `giveUp`. */
  readonly ended: Promise<StoreError>
  /** The target, but nothing goes to it while another receiver may own the inbox. */
  readonly fenced: (target: Target) => Target
  /** Where there is trouble: nothing is waited for any more. */
  readonly giveUp: () => void
  /** Once the inbox is closed. */
  readonly stop: () => void
}

/** Between two looks at the files; a change is known within a second, and before the next delivery is acknowledged. */
const lookEveryMs = 250
/** A file that is not back by then is not waited for: the process ends, and its supervisor starts another. */
const movedForMs = 10_000
/** Between two looks at the lease while an event waits for it. */
const askAgainMs = 50

export const makeOwnership = (options: {
  readonly file: string
  /** Where the key of the bodies is, where that is a file. */
  readonly keyFile: string | null
  readonly log: Log
  /** The files are back: waiting events can go on. */
  readonly onBack: () => void
}): Ownership => {
  const { file, log } = options
  // Right after it was opened: a file that is replaced in this moment is noticed by the inbox's thread, which opens
  // it again.
  const files = watchFile(file)
  let heldAt = Number.NEGATIVE_INFINITY
  let over = false
  let trouble: string | null = null
  let movedAt: number | null = null
  let resolveEnded: (error: StoreError) => void
  const ended = new Promise<StoreError>((resolve) => {
    resolveEnded = resolve
  })

  const end = (error: StoreError): void => {
    if (over) return
    over = true
    trouble = error.message
    clearInterval(looking)
    log("error", `the receiver ends: ${error.message}`)
    resolveEnded(error)
  }

  let keyThere = true
  const lookAtKey = (): void => {
    if (options.keyFile === null || existsSync(options.keyFile) === keyThere) return
    keyThere = !keyThere
    if (keyThere) log("info", "the key file is back")
    else
      log(
        "error",
        "the key file is gone: put it back before the receiver ends, or nothing that waits can be read again",
        { file: options.keyFile }
      )
  }

  const look = (): void => {
    lookAtKey()
    if (files.intact()) {
      if (movedAt === null) return
      movedAt = null
      trouble = null
      log("info", "the database's files are back: deliveries are taken again")
      return options.onBack()
    }
    if (movedAt === null) {
      movedAt = steadyNow()
      trouble = movedError(file).message
      log("error", `deliveries are answered 503: ${trouble}`)
    }
    if (steadyNow() - movedAt >= movedForMs) end(movedError(file))
  }
  const looking = setInterval(look, lookEveryMs)
  looking.unref()

  const mayHandOver = (): boolean => !over && movedAt === null && steadyNow() - heldAt < leaseTimes.validMs

  return {
    data: { token: randomUUID(), identity: files.identity, descriptor: files.descriptor },
    hear: (news) => {
      if ("lost" in news) return end(new StoreError("owned", news.lost))
      heldAt = Math.max(heldAt, news.held)
      if (news.tookOver !== null)
        log("warning", "the inbox is taken over from a receiver that had not given it back", { from: news.tookOver })
    },
    trouble: () => trouble,
    over: () => over,
    ended,
    fenced: (target) => ({
      // A target may be an instance of a class, whose methods are not its own properties, or be replaced by a slower
      // one.
      get timeoutMs() {
        return target.timeoutMs
      },
      close: async () => target.close?.(),
      deliver: async (event) => {
        for (;;) {
          if (over) throw notOwner()
          if (mayHandOver()) {
            try {
              return await target.deliver(event, mayHandOver)
            } catch (error) {
              // It has not left: a heartbeat that is only late is waited for.
              if (failureOf(error).kind !== notOwner().kind) throw error
            }
          }
          await new Promise((resolve) => setTimeout(resolve, askAgainMs))
        }
      }
    }),
    giveUp: () => {
      if (trouble !== null) over = true
    },
    stop: () => {
      clearInterval(looking)
      files.close()
    }
  }
}

/**
 * The inbox's thread as the owner of the inbox: takes the lease, keeps its heartbeat, and fences every write. A write
 * needs the lease, and the files at the path must be those that were opened.
 */
import { explain, movedError, type StoreError, type Watched, watchFile } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"
import { leaseTimes, takeLease } from "./Lease.js"
import { type Back, openPresence } from "./Presence.js"
import { steadyNow } from "./SteadyClock.js"

export interface OwnerData extends Watched {
  /** Names the receiver; a thread that is started again has the same token. */
  readonly token: string
}

/** News for the listener's thread. */
export type OwnerNews =
  /** The lease was held at this time, by the steady clock. */
  | {
      readonly held: number
      readonly tookOver: string | null
      /** The outage that this heartbeat ends. */
      readonly back: Back | null
    }
  /** Another receiver has the lease: this one writes nothing any more. */
  | { readonly lost: string }

export interface Owning {
  readonly first: OwnerNews
  readonly release: () => void
}

export const ownInbox = (
  opened: InboxFile,
  options: OwnerData & {
    readonly file: string
    readonly tell: (news: OwnerNews) => void
    /** Called after each heartbeat, which is a write like others. */
    readonly wrote: () => void
  }
): Owning => {
  const { file, tell, token } = options
  const asked = steadyNow()
  const files = watchFile(file, options)
  const assertUnmoved = (): void => {
    if (!files.intact()) throw movedError(file)
  }
  assertUnmoved()
  const lease = takeLease(opened.database, file, token)
  const presence = openPresence(opened.database)
  let over = false
  const lost = (error: StoreError): void => {
    if (over) return
    over = true
    clearInterval(beating)
    tell({ lost: error.message })
  }
  opened.fence({
    begin: () => {
      assertUnmoved()
      try {
        lease.assertHeld()
      } catch (error) {
        const failure = explain(error, file)
        if (failure.reason === "owned") lost(failure)
        throw failure
      }
    },
    confirm: assertUnmoved
  })
  const beating = setInterval(() => {
    const at = steadyNow()
    let back: Back | null
    try {
      back = opened.relaxed(() => {
        lease.beat()
        return presence.seen(Date.now())
      })
      presence.noted()
    } catch {
      // Locked, full or moved: without a heartbeat the listener's thread hands nothing over. A lost lease is reported
      // above.
      return
    }
    options.wrote()
    tell({ held: at, tookOver: null, back })
  }, leaseTimes.beatEveryMs)
  beating.unref()
  return {
    first: { held: asked, tookOver: lease.tookOver, back: null },
    release: () => {
      clearInterval(beating)
      if (over) return
      try {
        opened.relaxed(lease.release)
      } catch {
        // The row stays, as after a crash: the next receiver finds this process gone.
      }
    }
  }
}

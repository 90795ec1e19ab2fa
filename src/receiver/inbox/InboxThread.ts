/**
 * The inbox's thread as the listener's thread sees it. A thread that dies is started again: deliveries without an
 * answer are refused, and answered ones are on disk.
 */
import type { EpochMillis } from "../../domain/Time.js"
import { StoreError, type StoreFailure } from "../../store/index.js"
import { type CommitQueue, makeCommitQueue } from "./CommitQueue.js"
import type { Applied, UnappliedEvent } from "./Delivery.js"
import { type InboxLink, type LinkInbox, linkByThread } from "./InboxLink.js"
import type { OwnerNews } from "./Owning.js"
import type { SetAsideRows } from "./SetAside.js"
import type { Operation, ReadingSettings, ThreadData, ThreadOperations, ThreadReply } from "./ThreadMessages.js"

export interface InboxThread {
  readonly put: CommitQueue["put"]
  /** Deliveries that wait for the disk. */
  readonly waiting: () => number
  /** Rejects with a `StoreError` when the inbox fails. */
  readonly ask: <Name extends Operation>(
    operation: Name,
    ...args: Parameters<ThreadOperations[Name]>
  ) => Promise<ReturnType<ThreadOperations[Name]>>
  /** Other sources, products or providers from the next delivery on, also in a thread that is started again. */
  readonly readBy: (settings: ReadingSettings) => Promise<void>
  readonly close: () => Promise<void>
}

export interface InboxThreadOptions {
  readonly data: ThreadData
  /** A thread of its own unless given. */
  readonly linkInbox?: LinkInbox | undefined
  readonly deadlineMs: number
  readonly now: () => EpochMillis
  readonly onCommitted: (deliveries: number, seconds: number) => void
  /** `count` events have moved the state; `applied` has them if they are to be reported. */
  readonly onApplied: (
    applied: ReadonlyArray<Applied>,
    thin: ReadonlyArray<UnappliedEvent>,
    idle: boolean,
    count: number
  ) => void
  /** Events cannot move the state now; ask again later. */
  readonly onStuck: (reason: string) => void
  readonly onRestarted: () => void
  readonly onOwner: (news: OwnerNews) => void
  readonly onNotRestarted: (reason: string) => void
  /** Deliveries could not be stored, or wait for the disk. */
  readonly onRefused: (reason: string) => void
  readonly onSetAside: (rows: ReadonlyArray<SetAsideRows>) => void
}

interface Asked {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: StoreError) => void
}

const restartAfterMs = 500

export const startInboxThread = async (options: InboxThreadOptions): Promise<InboxThread> => {
  const { deadlineMs, linkInbox = linkByThread, now } = options
  let { data } = options
  const asked = new Map<number, Asked>()
  let link: InboxLink | null = null
  let count = 0
  let closing = false

  const queue = makeCommitQueue({
    deadlineMs,
    send: (batch, heads, bytes, giveUpAt) => {
      if (link === null) return queue.refused(batch)
      link.post({ kind: "put", batch, now: now(), giveUpAt, heads, bytes }, [bytes.buffer as ArrayBuffer])
    }
  })

  const receive = (reply: ThreadReply): void => {
    switch (reply.kind) {
      case "put":
        options.onCommitted(reply.outcomes.length, reply.seconds)
        return queue.committed(reply.batch, reply.outcomes)
      case "notPut":
        options.onRefused(reply.reason)
        return queue.refused(reply.batch)
      case "refused":
        return options.onRefused(reply.reason)
      case "setAside":
        return options.onSetAside(reply.rows)
      case "applied":
        return options.onApplied(reply.applied, reply.thin, reply.idle, reply.count)
      case "stuck":
        return options.onStuck(reply.reason)
      case "done":
        asked.get(reply.id)?.resolve(reply.value)
        return void asked.delete(reply.id)
      case "notDone":
        asked.get(reply.id)?.reject(new StoreError(reply.reason as StoreFailure, reply.message))
        return void asked.delete(reply.id)
      case "owner":
        return options.onOwner(reply.news)
      case "ready":
      case "cannotOpen":
        return
    }
  }

  const died = (): void => {
    link = null
    queue.refuseAll()
    for (const { reject: fail } of asked.values())
      fail(new StoreError("io", "the inbox's thread has ended; it is started again"))
    asked.clear()
    if (!closing) setTimeout(restart, restartAfterMs)
  }

  const start = async (): Promise<void> => {
    link = await linkInbox(data, receive, died)
  }

  const restart = (): void => {
    if (closing) return
    void start().then(options.onRestarted, (error: StoreError) => {
      if (error.reason === "owned") return options.onOwner({ lost: error.message })
      options.onNotRestarted(error.reason)
      setTimeout(restart, restartAfterMs * 4)
    })
  }

  await start()

  const ask: InboxThread["ask"] = (operation, ...args) =>
    new Promise((resolve, reject) => {
      if (link === null) return reject(new StoreError("io", "the inbox's thread is being started again"))
      const id = ++count
      asked.set(id, { resolve: resolve as (value: unknown) => void, reject })
      link.post({ kind: "do", id, operation, args })
    })

  return {
    put: queue.put,
    waiting: queue.waiting,
    ask,
    readBy: async (reading) => {
      await ask("readBy", reading)
      data = { ...data, reading }
    },
    close: async () => {
      closing = true
      await link?.close()
    }
  }
}

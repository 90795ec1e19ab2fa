/**
 * The inbox's loop. Each turn commits all deliveries that have arrived in one transaction, then answers requests, then
 * moves the state by some events. Senders wait for the first; nothing waits for the last. Plain TypeScript: a delivery
 * costs some 60 µs.
 */
import { describe, replaceDescribed } from "../../providers/index.js"
import { explain, isRowFailure, rowFailureOf } from "../../store/index.js"
import type { Checkpoints } from "./Checkpoints.js"
import { makeCommits } from "./Commits.js"
import type { EventReading } from "./EventReading.js"
import type { HandOverQueue } from "./HandOverQueue.js"
import type { Inbox } from "./Inbox.js"
import type { InboxFile } from "./InboxFile.js"
import type { SetAside } from "./SetAside.js"
import { type Moved, makeStateMover, type StateMover } from "./StateMover.js"
import { steadyNow } from "./SteadyClock.js"
import type { ReadingSettings, ThreadOperations, ThreadReply, ThreadRequest } from "./ThreadMessages.js"

/** Events that move the state in one transaction: some 5 ms. Fewer in a crowd, which has to wait for it. */
const applyAtOnce = 64
const applyInCrowd = 16
/** Commit size from which applying state is deferred: senders are many. */
const crowd = 8
/** Milliseconds without deliveries after which a crowd has passed. */
const passedMs = 20
/** Milliseconds after which the state is moved in spite of a crowd: it lags behind by then, and loses nothing. */
const patienceMs = 200

export interface InboxLoopParts {
  readonly inbox: Inbox
  readonly file: InboxFile
  readonly aside: SetAside
  readonly queue: HandOverQueue
  readonly reading: EventReading
  /** Each event that has moved the state is reported. */
  readonly tells: boolean
  readonly checkpoints: Checkpoints | null
  readonly say: (reply: ThreadReply) => void
  /** Requests that have arrived meanwhile. */
  readonly drain: () => ReadonlyArray<ThreadRequest>
  /** Called once all earlier requests are done. */
  readonly onClosed: () => void
}

export interface InboxLoop {
  readonly take: (request: ThreadRequest) => void
}

/** Applies the settings of reading in this thread, which has its own descriptions of providers. */
export const readBy = (reading: EventReading, settings: ReadingSettings): void => {
  replaceDescribed(settings.descriptions.map(describe))
  reading.use(settings)
}

type Do = Extract<ThreadRequest, { kind: "do" }>

export const startInboxLoop = (parts: InboxLoopParts): InboxLoop => {
  const { aside, checkpoints, inbox, queue, reading, say } = parts
  const commits = makeCommits(inbox, say)
  const mover = makeStateMover({ inbox, aside, queue, reading, policy: parts.file.policy })
  let requests: Array<Do> = []
  let closing = false
  let scheduled = false
  let timer: NodeJS.Timeout | undefined
  let committedAt = 0
  let committed = 0
  let appliedAt = 0
  let now = 0

  const tell = ({ applied, thin, idle }: Moved): void => {
    const marked = new Set<string>()
    for (const { event, origin, source } of applied) {
      const key = `${source} ${event.event} ${event.route ?? ""}`
      if (origin !== "webhook" || marked.has(key)) continue
      inbox.markVerified(source, event.event, event.route ?? null, now)
      marked.add(key)
    }
    say({ kind: "applied", count: applied.length, applied: parts.tells ? applied : [], thin, idle })
  }
  const operations = operationsOf(parts, mover, tell)

  const accept = (request: ThreadRequest): void => {
    if (request.kind === "put") commits.add(request)
    else if (request.kind === "do") requests.push(request)
    else closing = true
  }

  const commit = (): void => {
    const done = commits.commit()
    if (done.mayHaveStored) mover.makeDue()
    now = done.now
    committed = done.deliveries
    committedAt = steadyNow()
  }

  const move = (): void => {
    appliedAt = steadyNow()
    const most = committed >= crowd && appliedAt - committedAt < passedMs ? applyInCrowd : applyAtOnce
    try {
      tell(mover.move(most))
    } catch (error) {
      mover.stop()
      say({ kind: "stuck", reason: explain(error, "the inbox").reason })
    }
  }

  /** Milliseconds until the state may be moved: senders that wait for the disk come first. */
  const waitToMove = (): number => {
    const at = steadyNow()
    if (committed < crowd || at - appliedAt >= patienceMs) return 0
    if (commits.waiting()) return passedMs
    return Math.max(0, Math.ceil(committedAt + passedMs - at))
  }

  const turn = (): void => {
    scheduled = false
    parts.drain().forEach(accept)
    if (commits.waiting()) {
      commit()
      parts.drain().forEach(accept)
    }
    const asked = requests
    requests = []
    for (const request of asked) say(answerOf(operations, request))
    const wait = mover.isDue() ? waitToMove() : 0
    if (mover.isDue() && wait === 0) move()
    const rows = aside.news()
    if (rows.length > 0) say({ kind: "setAside", rows })
    checkpoints?.look()
    if (commits.waiting() || requests.length > 0 || (mover.isDue() && wait === 0)) return schedule()
    if (mover.isDue()) return schedule(wait)
    if (closing) parts.onClosed()
  }

  const schedule = (ms = 0): void => {
    if (scheduled) return
    if (ms > 0) {
      clearTimeout(timer)
      timer = setTimeout(() => {
        if (!scheduled) turn()
      }, ms)
      return
    }
    scheduled = true
    setImmediate(turn)
  }

  schedule()
  return {
    take: (request) => {
      accept(request)
      // At once: requests that came with it are drained in the same turn.
      if (!scheduled) turn()
    }
  }
}

const answerOf = (operations: ThreadOperations, { args, id, operation }: Do): ThreadReply => {
  try {
    const value = (operations[operation] as (...all: ReadonlyArray<unknown>) => unknown)(...args)
    return { kind: "done", id, value }
  } catch (error) {
    const { message, reason } = explain(error, "the inbox")
    if (!isRowFailure(error)) return { kind: "notDone", id, reason, message }
    // The operation is about one entity: its own row is why it failed.
    const own = reason === "damaged" || reason === "key" ? reason : "row"
    return { kind: "notDone", id, reason: own, message: rowFailureOf(error) }
  }
}

const operationsOf = (
  { inbox, queue, reading }: InboxLoopParts,
  mover: StateMover,
  tell: (moved: Moved) => void
): ThreadOperations => ({
  exchange: (settlement, want, at, lookAgain) => {
    if (lookAgain) queue.lookAgain()
    return queue.exchange(settlement, want, at)
  },
  hydrated: (id, event, readAt) => {
    const moved = mover.hydrated(id, event, readAt)
    if (moved !== null) tell(moved)
  },
  retryThin: (id) => {
    const row = mover.failed(id)
    if (row !== null) tell({ applied: [], thin: [row], idle: false })
  },
  mergeState: inbox.mergeState,
  fillState: inbox.fillState,
  doubtState: inbox.doubtState,
  setSweptTo: inbox.setSweptTo,
  setResumeFrom: inbox.setResumeFrom,
  setComparedAt: inbox.setComparedAt,
  setBeganAt: inbox.setBeganAt,
  setFilledAt: inbox.setFilledAt,
  setComplete: inbox.setComplete,
  setUnread: inbox.setUnread,
  clearUnread: inbox.clearUnread,
  noteWrite: inbox.noteWrite,
  noteSecretUse: inbox.noteSecretUse,
  countRejections: inbox.countRejections,
  noteSeen: inbox.noteSeen,
  readBy: (settings) => readBy(reading, settings),
  writable: inbox.writable,
  backlog: queue.backlog,
  waiting: (at) => ({ toApply: mover.waits(), toHandOver: queue.anyDue(at) }),
  apply: mover.lookAgain,
  purge: (before, after) => inbox.purgeSlice({ state: "delivered", to: before }, after),
  sizes: () => ({
    bytesUsed: inbox.bytesUsed(),
    dead: inbox.countOf({ state: "dead" }),
    quarantined: inbox.countOf({ state: "quarantined" })
  })
})

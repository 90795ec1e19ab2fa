/**
 * The inbox's thread: commits deliveries in groups, moves the entity state in between, and does what the listener's
 * thread asks. One turn: all deliveries that are there go into one transaction, then the requests, then some events move
 * the state. Senders wait for the first, nobody for the last. Plain TypeScript: a delivery costs some 60 µs of this thread.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads"
import { actionOf, type PushedEvent } from "../../domain/Event.js"
import { parseTimestamp } from "../../domain/Time.js"
import { lane, onAnswer, onArrival } from "../../policy/index.js"
import { describe, providerOf, replaceDescribed } from "../../providers/index.js"
import { explain, isRowFailure, rowFailureOf } from "../../store/index.js"
import { type Checkpoints, startCheckpoints } from "./Checkpoints.js"
import type { Applied, Bare } from "./Delivery.js"
import { type HandOverQueue, openHandOverQueue } from "./HandOverQueue.js"
import { type Held, makeHeldEvents } from "./HeldEvents.js"
import { type Inbox, openInboxWithFile } from "./Inbox.js"
import { type Owning, ownInbox } from "./Owning.js"
import { codesOf, deliveriesOf, type Put } from "./PutBatch.js"
import type { SetAside } from "./SetAside.js"
import { steadyNow } from "./SteadyClock.js"
import type { ReadingSettings, ThreadData, ThreadOperations, ThreadReply, ThreadRequest } from "./ThreadMessages.js"

const data = workerData as ThreadData
const port: MessagePort = parentPort!
const say = (reply: ThreadReply): void => port.postMessage(reply)

/** Events that move the state in one transaction: some 5 ms; and while there is a crowd, which has to wait for it. */
const applyAtOnce = 64
const applyInCrowd = 16
/** Deliveries in one commit from which on senders are many, and what nobody waits for gives way to them. */
const crowd = 8
/** Milliseconds without deliveries in which a crowd has passed. */
const passedMs = 20
/** Milliseconds after which the state is moved in spite of a crowd: it lags behind then, and loses nothing. */
const patienceMs = 200
/** Deliveries in one transaction: some 60 ms. */
const commitAtOnce = 1_024

let { sources } = data.reading
const readBy = (settings: ReadingSettings): void => {
  replaceDescribed(settings.descriptions.map(describe))
  sources = settings.sources
}
readBy(data.reading)
const providerOfSource = (source: string) => providerOf(sources[source]?.product ?? "freshdesk")

type Do = Extract<ThreadRequest, { kind: "do" }>

const run = (
  inbox: Inbox,
  aside: SetAside,
  queue: HandOverQueue,
  checkpoints: Checkpoints,
  owning: Owning | null
): void => {
  let puts: Array<Put> = []
  let requests: Array<Do> = []
  let closing = false
  let scheduled = false
  let toApply = true
  let committedAt = 0
  let committed = 0
  let appliedAt = 0
  let now = 0
  /** All unapplied ones up to here have been looked at. */
  let cursor = 0
  /** Their index is damaged: a look from the start would never come to the end. */
  let counting = false
  const held = makeHeldEvents()
  const verified = new Set<string>()

  const operations: ThreadOperations = {
    exchange: (settlement, want, at, lookAgain) => {
      if (lookAgain) queue.lookAgain()
      return queue.exchange(settlement, want, at)
    },
    hydrated: (id, event) => {
      const first = held.get(event, id)
      if (first === undefined) return // told of by a thread before this one
      const stamp = stampOf(first.source, event)
      const ready: Array<Held> = [{ ...first, event: { ...event, shownBy: "item" } }]
      let next: Bare | undefined
      let rest = first.behind
      while (rest.length > 0 && next === undefined) {
        const [row, ...others] = rest
        rest = others
        const waiting = inbox.waitingEvent(row!.id, first.source)
        if (waiting === null) continue
        const step = onAnswer(isBare(waiting), stamp ?? Number.NaN, waiting.updatedAt ?? Number.NaN)
        const held = { id: row!.id, source: first.source, event: waiting }
        if (step === lane.fetch) next = held
        else if (step === lane.apply) ready.push({ ...held, behind: [] })
        else ready.push({ ...held, event: { ...waiting, snapshot: event.snapshot, shownBy: "item" }, behind: [] })
      }
      const applied = inbox.applyAll(ready)
      held.release(first, next, rest)
      // Their numbers may be lower than those given out since.
      queue.lookAgain()
      finish(applied, next === undefined ? [] : [next], false)
      toApply = true
    },
    retryBare: (id) => {
      const row = held.byId(id)
      if (row !== undefined) finish([], [row], false)
      toApply = true
    },
    mergeState: inbox.mergeState,
    fillState: inbox.fillState,
    setSweptTo: inbox.setSweptTo,
    setResumeFrom: inbox.setResumeFrom,
    setComparedAt: inbox.setComparedAt,
    setBeganAt: inbox.setBeganAt,
    setFilledAt: inbox.setFilledAt,
    setUnread: inbox.setUnread,
    clearUnread: inbox.clearUnread,
    noteWrite: inbox.noteWrite,
    noteSecretUse: inbox.noteSecretUse,
    countRejections: inbox.countRejections,
    readBy: (settings) => {
      readBy(settings)
      // An event that is not known to be verified may be one of another product's now.
      verified.clear()
    },
    writable: inbox.writable,
    backlog: queue.backlog,
    waiting: (at) => {
      const passed = held.size() + aside.passedBy.size
      return {
        toApply: inbox.unappliedIds(passed + 1).some((id) => !held.has(id) && !aside.passedBy.has(id)),
        toHandOver: queue.anyDue(at)
      }
    },
    apply: () => {
      if (!counting) cursor = 0
      toApply = true
    },
    purge: (before, after) => inbox.purgeSlice({ state: "delivered", to: before }, after),
    sizes: () => ({
      bytesUsed: inbox.bytesUsed(),
      dead: inbox.countOf({ state: "dead" }),
      quarantined: inbox.countOf({ state: "quarantined" })
    })
  }

  const accept = (request: ThreadRequest): void => {
    if (request.kind === "put") puts.push(request)
    else if (request.kind === "do") requests.push(request)
    else closing = true
  }

  const drain = (): void => {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
      accept(next.message as ThreadRequest)
  }

  const commit = (): void => {
    let count = 0
    const batches = puts.filter(({ heads }) => {
      const taken = count < commitAtOnce
      if (taken) count += heads.length
      return taken
    })
    puts = puts.slice(batches.length)
    const from = performance.now()
    const deliveries = batches.flatMap(deliveriesOf)
    try {
      const results = inbox.putAll(deliveries)
      if (results.includes("unavailable")) say({ kind: "refused", reason: "damaged" })
      const seconds = (performance.now() - from) / 1000
      if (results.includes("stored")) toApply = true
      let at = 0
      for (const { batch, heads } of batches) {
        say({ kind: "put", batch, outcomes: codesOf(results.slice(at, at + heads.length)), seconds })
        at += heads.length
      }
    } catch (error) {
      const { reason } = explain(error, "the inbox")
      // Somebody else's lock goes away; a full or broken disk does not within seconds.
      const stay = reason === "locked" ? batches.filter(({ giveUpAt }) => giveUpAt > steadyNow()) : []
      for (const { batch } of batches.filter((one) => !stay.includes(one))) say({ kind: "notPut", batch, reason })
      if (stay.length > 0) say({ kind: "refused", reason })
      puts = [...stay, ...puts]
    }
    now = batches.at(-1)!.now
    committed = deliveries.length
    committedAt = steadyNow()
  }

  const answer = ({ args, id, operation }: Do): void => {
    try {
      const value = (operations[operation] as (...all: ReadonlyArray<unknown>) => unknown)(...args)
      say({ kind: "done", id, value })
    } catch (error) {
      const { message, reason } = explain(error, "the inbox")
      if (!isRowFailure(error)) return say({ kind: "notDone", id, reason, message })
      // Of an operation on one entity: its own row is why it failed.
      const own = reason === "damaged" || reason === "key" ? reason : "row"
      say({ kind: "notDone", id, reason: own, message: rowFailureOf(error) })
    }
  }

  const tellOfSetAside = (): void => {
    const rows = aside.news()
    if (rows.length > 0) say({ kind: "setAside", rows })
  }

  const finish = (applied: ReadonlyArray<Applied>, bare: ReadonlyArray<Bare>, idle: boolean): void => {
    for (const { event, origin, source } of applied) {
      const key = `${source} ${event.event}`
      if (origin !== "webhook" || verified.has(key)) continue
      inbox.markVerified(source, event.event, now)
      verified.add(key)
    }
    say({ kind: "applied", count: applied.length, applied: data.tells ? applied : [], bare, idle })
  }

  const isBare = (event: PushedEvent): boolean =>
    data.hydrates && event.snapshot === null && actionOf(event.event) !== "delete"
  const stampOf = (source: string, { entity, snapshot }: PushedEvent): number | null =>
    parseTimestamp(snapshot?.[providerOfSource(source)?.entities[entity]?.updatedAtField ?? "updated_at"])

  const apply = (): void => {
    appliedAt = steadyNow()
    const most = committed >= crowd && appliedAt - committedAt < passedMs ? applyInCrowd : applyAtOnce
    if (held.full()) {
      // Enough is being fetched: the rest is looked at when some of it has come.
      toApply = false
      return finish([], [], true)
    }
    try {
      const { counted, more, rows, upTo } = inbox.unapplied(cursor, most)
      const whole: Array<Bare> = []
      const bare: Array<Bare> = []
      for (const row of rows) {
        if (held.has(row.id)) continue
        const step = onArrival(held.putBehind(row), isBare(row.event))
        if (step === lane.apply) whole.push(row)
        if (step !== lane.fetch) continue
        held.hold(row)
        bare.push(row)
      }
      const applied = whole.length === 0 ? [] : inbox.applyAll(whole)
      cursor = upTo
      counting = counted && more
      toApply = more
      finish(applied, bare, !toApply)
    } catch (error) {
      // The disk is full or the file locked: the deliveries are in the inbox, and are looked at when asked to.
      toApply = false
      cursor = 0
      held.clear()
      say({ kind: "stuck", reason: explain(error, "the inbox").reason })
    }
  }

  const turn = (): void => {
    scheduled = false
    drain()
    if (puts.length > 0) {
      commit()
      drain()
    }
    const asked = requests
    requests = []
    asked.forEach(answer)
    const wait = toApply ? waitToApply() : 0
    if (toApply && wait === 0) apply()
    tellOfSetAside()
    checkpoints.look()
    if (puts.length > 0 || requests.length > 0 || (toApply && wait === 0)) return schedule()
    if (toApply) return schedule(wait)
    if (closing) {
      checkpoints.close()
      owning?.release()
      inbox.close()
      port.close()
    }
  }

  /** Milliseconds until the state may be moved: senders who wait for the disk come first. */
  const waitToApply = (): number => {
    const at = steadyNow()
    if (committed < crowd || at - appliedAt >= patienceMs) return 0
    if (puts.length > 0) return passedMs
    return Math.max(0, Math.ceil(committedAt + passedMs - at))
  }

  let timer: NodeJS.Timeout | undefined
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

  port.on("message", (request: ThreadRequest) => {
    accept(request)
    // At once: what came with it is taken from the port in the same turn.
    if (!scheduled) turn()
  })
  say({ kind: "ready" })
  schedule()
}

try {
  const { aside, file, inbox } = openInboxWithFile(data.file, {
    // A thread that is started again makes no new file in place of one that is gone.
    mustExist: data.owner !== null,
    key: data.key,
    providerOf: providerOfSource,
    serviceAccountOf: (source) => sources[source]?.serviceAccount ?? null
  })
  let checkpoints: Checkpoints | null = null
  const owning =
    data.owner === null
      ? null
      : ownInbox(file, {
          ...data.owner,
          file: data.file,
          tell: (news) => say({ kind: "owner", news }),
          wrote: () => checkpoints?.look()
        })
  checkpoints = startCheckpoints(file, data.file, data.foldAtBytes)
  run(inbox, aside, openHandOverQueue(file, aside), checkpoints, owning)
  if (owning !== null) say({ kind: "owner", news: owning.first })
} catch (error) {
  const { message, reason } = explain(error, data.file)
  say({ kind: "cannotOpen", reason, message })
}

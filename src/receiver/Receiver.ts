/**
 * The receiver: a listener for signed deliveries, a durable inbox in a thread of its own, the state of each entity, and
 * the hand-over to a target. `createReceiver` is plain TypeScript; `receiverScoped` gives its lifetime to Effect.
 */
import { existsSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { Effect, type Scope } from "effect"
import { requireSupportedNode } from "../domain/SupportedNode.js"
import { realTime } from "../domain/Time.js"
import { acknowledgeWithinMs, policy as ownPolicy } from "../policy/index.js"
import { type Applying, makeApplying } from "./Applying.js"
import { closeReceiver } from "./Closing.js"
import { type DirectWrites, makeDirectWrites } from "./DirectWrites.js"
import { type HandOver, type HandOverOptions, startHandOver } from "./handover/HandOver.js"
import { callbackTarget, type Target } from "./handover/Target.js"
import { sharedHydration } from "./hydration/SharedHydration.js"
import { makeThinEvents } from "./hydration/ThinEvents.js"
import type { Inbox } from "./inbox/Inbox.js"
import { type InboxThread, startInboxThread } from "./inbox/InboxThread.js"
import { type Intake, makeIntake } from "./intake/Intake.js"
import { checkListening, startListening } from "./Listening.js"
import { inboxNews, intakeNews } from "./News.js"
import { makeOutages, type Outages } from "./Outages.js"
import type { Ownership } from "./Ownership.js"
import { openOwnInbox } from "./OwnInbox.js"
import type { Metrics } from "./operations/Metrics.js"
import { makeOperations, type Operations } from "./operations/Operations.js"
import { startUpkeep } from "./operations/Upkeep.js"
import { makeUsageCounters } from "./operations/UsageCounters.js"
import type { Standing } from "./operations/Watchdog.js"
import { makeQuiescence } from "./Quiescence.js"
import { ofStore, ReceiverError, storeFailure } from "./ReceiverError.js"
import type { ReceiverOptions } from "./ReceiverOptions.js"
import { checkProxies, type SourcesByName } from "./SourceChecks.js"
import { makeReload, makeSourceRegistry } from "./SourceRegistry.js"

export interface Receiver extends DirectWrites, Pick<Outages, "onBack"> {
  /** Empty without a listener. */
  readonly url: string
  readonly port: number
  /** The operators' listener; `null` without one. */
  readonly adminUrl: string | null
  /** For reading: another connection to the same file. */
  readonly inbox: Inbox
  /** @internal */
  readonly metrics: Metrics
  /** Looks again for waiting events: after `inbox retry`, for example. */
  readonly wake: () => void
  /**
   * Other secrets, addresses, products or sources, and the providers that this process knows by now; the certificate
   * read again. When it resolves all of it holds, as after a start. Rejects with a `ReceiverError` and changes
   * nothing where it is not valid.
   */
  readonly reload: (sources: SourcesByName) => Promise<void>
  /** Answers a request of a server of one's own; the body must not have been read. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, source: string) => void
  readonly intake: Intake
  /** Seconds from the last byte of each delivery to its answer, on the real clock; the first 100,000. */
  readonly acknowledgements: () => ReadonlyArray<number>
  /**
   * Resolves when the receiver cannot go on: another one has taken over its inbox, or the database was deleted, moved
   * or replaced and did not come back. From then on deliveries are answered 503 and nothing is handed over: close it.
   */
  readonly ended: Promise<ReceiverError>
  /**
   * Answers 503 from now on, finishes what it accepted, closes the inbox. Ends within 35 s and the time that the
   * target takes for the events it has in hand, 60 s at the most; mostly within one.
   */
  readonly close: () => Promise<void>
}

const rememberedAcknowledgements = 100_000
const defaultKeepDeliveredMs = 30 * 86_400_000

export const createReceiver = async (options: ReceiverOptions): Promise<Receiver> => {
  requireSupportedNode()
  const sources = makeSourceRegistry(options.sources)
  checkProxies(options.trustProxy ?? [])
  const { ackDeadlineMs = acknowledgeWithinMs, db: file = "hookshift.db", hydrate, time = realTime } = options
  const { policy = ownPolicy } = options
  const operations = makeOperations(options)
  const { log, metrics, readiness, troubles } = operations
  // A start that cannot succeed leaves neither a new database nor a key behind.
  if (!existsSync(file)) await checkListening(options)
  const quiescence = makeQuiescence(options.onWork)
  const outages = makeOutages(log)

  let thread: InboxThread
  let handOver: HandOver | null = null
  let ending = false
  let closing: Promise<void> | null = null
  /** Looks again for events that wait, to be applied or to be handed over. */
  const goOn = (): void => {
    applying.apply()
    if (!ending) handOver?.wake(true)
  }

  const { inbox, key, ownership } = openOwnInbox(file, {
    key: options.inboxKey,
    productOf: sources.providerOf,
    time,
    log,
    onBack: goOn
  })
  const abandon = async (error: unknown, running: InboxThread | null): Promise<never> => {
    await running?.close()
    inbox.close()
    ownership?.stop()
    throw error
  }
  readiness.add("stopping", () => (closing === null ? null : "the receiver is stopping"))
  readiness.add("owner", () => ownership?.trouble() ?? null)
  readiness.add("work", () => troubles.lasting().join("; ") || null)

  const ask: InboxThread["ask"] = (operation, ...args) => thread.ask(operation, ...args)
  const fetch = sharedHydration(hydrate ?? (async () => null), time, sources.providerOf, policy)
  const applying = makeApplying({
    ask,
    time,
    troubles,
    quiescence,
    thinEvents: makeThinEvents({ ask, fetch, time, metrics, quiescence, log }),
    onApplied: options.onApplied,
    onMoved: () => {
      if (!ending) handOver?.wake()
    }
  })
  thread = await startInboxThread({
    data: {
      file,
      reading: sources.reading(),
      key,
      owner: ownership?.data ?? null,
      hydrates: hydrate !== undefined,
      tells: options.onApplied !== undefined
    },
    linkInbox: options.linkInbox,
    deadlineMs: ackDeadlineMs,
    now: time.now,
    ...inboxNews({ applying, ownership, outages, log, metrics, troubles, goOn })
  }).catch((error) => abandon(storeFailure(error, file), null))

  // A store that takes no write now has the sign of life with a later heartbeat.
  const noteSeen = (): Promise<void> => ask("noteSeen", time.now()).then(outages.ended, () => undefined)
  await noteSeen()
  const counters = makeUsageCounters({ ask, now: time.now, secretOf: sources.secretOf })
  const acknowledgements: Array<number> = []
  const intake = makeIntake({
    ...intakeOptions(options, operations),
    sources: new Map(Object.entries(sources.all())),
    put: thread.put,
    onStored: quiescence.expectState,
    onAcknowledged: (seconds) => {
      if (acknowledgements.length < rememberedAcknowledgements) acknowledgements.push(seconds)
    },
    ...intakeNews({ counters, log })
  })
  const listening = await startListening(intake, options, operations).catch((error) => abandon(error, thread))

  const target = targetOf(options)
  if (target !== null) handOver = startHandOver(handOverOptions(options, { thread, ownership, target, operations }))
  applying.apply() // what a stop or a crash left behind
  handOver?.wake()
  const stopUpkeep = startUpkeep({
    ...operations,
    thread,
    time,
    standing: () => standingOf(applying, handOver, target),
    look: goOn,
    keepDeliveredMs: options.keepDeliveredMs === undefined ? defaultKeepDeliveredMs : options.keepDeliveredMs,
    maxInboxBytes: options.maxInboxBytes ?? null,
    watch: options.watch
  })

  const onEnding = (): void => {
    ending = true
  }
  const ways = { ownership, intake, listening, thread, applying, quiescence, counters, handOver, inbox }
  const parts = { ackDeadlineMs, noteSeen, ...ways }
  return {
    url: listening.url,
    port: listening.address?.port ?? 0,
    adminUrl: listening.admin?.url ?? null,
    inbox,
    metrics,
    intake,
    handle: listening.listener.handle,
    wake: goOn,
    onBack: outages.onBack,
    reload: makeReload({ sources, listener: listening.listener, thread, intake, file, log }),
    acknowledgements: () => acknowledgements,
    ...makeDirectWrites({ thread, time, metrics, quiescence, log }),
    ended: ownership?.ended.then(ofStore) ?? new Promise(() => undefined),
    close: async () => {
      closing ??= closeReceiver({ ...parts, stopUpkeep, onEnding })
      await closing
    }
  }
}

const targetOf = ({ onEvent, target }: ReceiverOptions): Target | null =>
  target ?? (onEvent === undefined ? null : callbackTarget(onEvent))

const intakeOptions = (
  { limits = {}, maxBodyBytes = 1024 * 1024, policy = ownPolicy, time = realTime, trustProxy = [] }: ReceiverOptions,
  { metrics, trace }: Operations
) => ({ limits, maxBodyBytes, policy, time, trustProxy, metrics, trace })

const handOverOptions = (
  { concurrency, onWork, ratePerSecond, retrySeconds, time = realTime }: ReceiverOptions,
  parts: {
    readonly thread: InboxThread
    readonly ownership: Ownership | null
    readonly target: Target
    readonly operations: Operations
  }
): HandOverOptions => {
  const { ownership, target, thread } = parts
  const { log, metrics, trace, troubles } = parts.operations
  return {
    // The receiver that owns the inbox then settles it; this one has nothing more to say.
    exchange: async (...args) =>
      ownership?.over() === true ? { events: [], nextDue: null, more: false } : thread.ask("exchange", ...args),
    target: ownership?.fenced(target) ?? target,
    time,
    metrics,
    log,
    onStuck: (reason) => troubles.failed("hand-over", reason),
    onGoing: () => troubles.worked("hand-over"),
    onWork,
    trace,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(retrySeconds === undefined ? {} : { retrySeconds })
  }
}

/** How the watchdog finds that something stands still. */
const standingOf = (applying: Applying, handOver: HandOver | null, target: Target | null): Standing => {
  const standing = handOver?.standing()
  return {
    applied: applying.moved(),
    handedOver: standing?.ended ?? 0,
    excused: standing === undefined || standing.pausing,
    inHand: standing?.inHand ?? 0,
    mayHoldMs: target?.timeoutMs ?? 0
  }
}

/** The receiver for as long as the scope is open. */
export const receiverScoped = (options: ReceiverOptions): Effect.Effect<Receiver, ReceiverError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => createReceiver(options),
      catch: (error) =>
        error instanceof ReceiverError ? error : new ReceiverError({ reason: "store", message: String(error) })
    }),
    (receiver) => Effect.promise(() => receiver.close())
  )

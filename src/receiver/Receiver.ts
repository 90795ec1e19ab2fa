/**
 * The receiver: a listener for signed deliveries, a durable inbox in a thread of its own, the state of each entity, and
 * the hand-over to a target. `createReceiver` is plain TypeScript; `receiverScoped` gives its lifetime to Effect.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { Effect, type Scope } from "effect"
import type { PushedEvent, Snapshot } from "../domain/Event.js"
import { requireSupportedNode } from "../domain/SupportedNode.js"
import { realTime } from "../domain/Time.js"
import { acknowledgeWithinMs, policy } from "../policy/index.js"
import { providerOf } from "../providers/index.js"
import { urlOf } from "./Address.js"
import { makeApplying } from "./Applying.js"
import { closeReceiver } from "./Closing.js"
import { type HandOver, startHandOver } from "./handover/HandOver.js"
import { callbackTarget } from "./handover/Target.js"
import { sharedHydration } from "./hydration/SharedHydration.js"
import type { CommitResult } from "./inbox/Delivery.js"
import type { Inbox } from "./inbox/Inbox.js"
import { type InboxThread, startInboxThread } from "./inbox/InboxThread.js"
import { steadyNow } from "./inbox/SteadyClock.js"
import type { NoteName, NoteOperations } from "./inbox/ThreadMessages.js"
import { makeCounts } from "./intake/Counts.js"
import { foundDelivery } from "./intake/FoundDelivery.js"
import { type Intake, makeIntake } from "./intake/Intake.js"
import { type Listener, makeListener } from "./intake/Listener.js"
import { type Listening, startListening } from "./Listening.js"
import { inboxNews, intakeNews, listenerNews } from "./News.js"
import { openOwnInbox } from "./OwnInbox.js"
import { noLog, sparingly } from "./operations/Log.js"
import { type Metrics, makeMetrics } from "./operations/Metrics.js"
import { makeReadiness } from "./operations/Readiness.js"
import { traceWith } from "./operations/Tracing.js"
import { makeTroubles } from "./operations/Troubles.js"
import { startUpkeep } from "./operations/Upkeep.js"
import { certificateFailure, ofStore, ReceiverError, storeFailure } from "./ReceiverError.js"
import type { ReceiverOptions } from "./ReceiverOptions.js"
import { checkProxies, checkSources, readingOf, type SourcesByName } from "./Settings.js"

export interface Receiver {
  /** Empty without a listener. */
  readonly url: string
  readonly port: number
  /** The operators' listener; `null` without one. */
  readonly adminUrl: string | null
  /** For reading: another connection to the same file. */
  readonly inbox: Inbox
  /** @internal */
  readonly metrics: Metrics
  /** Puts an event that the receiver's own reconciliation found into the inbox. */
  readonly put: (source: string, event: PushedEvent) => Promise<CommitResult>
  /** What reconciliation writes down in the inbox; done when it resolves. */
  readonly note: <Name extends NoteName>(what: Name, ...args: Parameters<NoteOperations[Name]>) => Promise<unknown>
  /** Tells what the integration itself has just written, so that its event is known as an echo when it comes back. */
  readonly noteWrite: (source: string, entity: string, entityId: string, fields: Snapshot) => void
  /** Looks again for what waits: after `inbox retry`, for example. */
  readonly wake: () => void
  /**
   * Other secrets, addresses, products or sources, and the providers that this process knows by now; the certificate read again.
   * When it resolves all of it holds, as after a start. Rejects with a `ReceiverError` and changes nothing where it is not valid.
   */
  readonly reload: (sources: SourcesByName) => Promise<void>
  /** Answers a request of a server of one's own; the body must not have been read. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, source: string) => void
  readonly intake: Intake
  /** Seconds from the last byte of each delivery to its answer, on the real clock; the first 100,000. */
  readonly acknowledgements: () => ReadonlyArray<number>
  /**
   * Resolves when the receiver cannot go on: another one has taken over its inbox, or the database was deleted, moved or
   * replaced and did not come back. From then on deliveries are answered 503 and nothing is handed over: close it.
   */
  readonly ended: Promise<ReceiverError>
  /**
   * Answers 503 from now on, finishes what it accepted, closes the inbox. Ends within 35 s and the time that the target takes for
   * what it has in hand, 60 s at the most; mostly within one.
   */
  readonly close: () => Promise<void>
}

const rememberedAcknowledgements = 100_000
const defaultKeepDeliveredMs = 30 * 86_400_000

export const createReceiver = async (options: ReceiverOptions): Promise<Receiver> => {
  requireSupportedNode()
  checkSources(options.sources)
  checkProxies(options.trustProxy ?? [])
  const {
    ackDeadlineMs = acknowledgeWithinMs,
    db: file = "hookshift.db",
    limits = {},
    onWork,
    time = realTime
  } = options
  const { keepDeliveredMs = defaultKeepDeliveredMs } = options
  const metrics = makeMetrics()
  const trace = options.tracer === undefined ? undefined : traceWith(options.tracer)
  const log = sparingly(options.log ?? noLog, steadyNow)
  const troubles = makeTroubles({ log, metrics, now: steadyNow, lastingAfterMs: options.watch?.stalledAfterMs })
  const readiness = makeReadiness()
  let sources = options.sources
  const productOf = (source: string) => providerOf(sources[source]?.product ?? "freshdesk")

  let thread: InboxThread
  let handOver: HandOver | null = null
  let ending = false
  let closing: Promise<void> | null = null
  const goOn = (): void => {
    applying.apply()
    if (!ending) handOver?.wake(true)
  }

  const { inbox, key, ownership } = openOwnInbox(file, { key: options.inboxKey, productOf, time, log, onBack: goOn })
  const abandon = async (error: ReceiverError, running: InboxThread | null): Promise<never> => {
    await running?.close()
    inbox.close()
    ownership?.stop()
    throw error
  }
  readiness.add("stopping", () => (closing === null ? null : "the receiver is stopping"))
  readiness.add("owner", () => ownership?.trouble() ?? null)
  readiness.add("work", () => troubles.lasting().join("; ") || null)

  const applying = makeApplying({
    ask: (operation, ...args) => thread.ask(operation, ...args),
    time,
    metrics,
    troubles,
    log,
    hydrate: options.hydrate === undefined ? null : sharedHydration(options.hydrate, time, productOf, policy),
    onApplied: options.onApplied,
    onMoved: () => {
      if (!ending) handOver?.wake()
    },
    onWork
  })
  try {
    thread = await startInboxThread({
      data: {
        file,
        reading: readingOf(sources),
        key,
        owner: ownership?.data ?? null,
        hydrates: options.hydrate !== undefined,
        tells: options.onApplied !== undefined
      },
      deadlineMs: ackDeadlineMs,
      now: time.now,
      ...inboxNews({ applying, ownership, log, metrics, troubles, goOn })
    })
  } catch (error) {
    return abandon(storeFailure(error, file), null)
  }

  const counts = makeCounts({
    ask: thread.ask,
    now: time.now,
    secretOf: (source, place) => sources[source]?.secrets[place] ?? ""
  })
  const acknowledgements: Array<number> = []
  const intake = makeIntake({
    sources: new Map(Object.entries(sources)),
    maxBodyBytes: options.maxBodyBytes ?? 1024 * 1024,
    limits,
    trustProxy: options.trustProxy ?? [],
    time,
    metrics,
    trace,
    put: thread.put,
    onStored: applying.expect,
    onAcknowledged: (seconds) => {
      if (acknowledgements.length < rememberedAcknowledgements) acknowledgements.push(seconds)
    },
    ...intakeNews({ counts, log })
  })

  let listener: Listener
  try {
    listener = makeListener({ intake, limits, tls: options.tls ?? null, ...listenerNews({ log, metrics }) })
  } catch (error) {
    return abandon(certificateFailure(error, "used", "check tls.certFile and tls.keyFile"), thread)
  }
  let listening: Listening
  try {
    listening = await startListening(listener, options, { metrics, readiness, log })
  } catch (error) {
    return abandon(error as ReceiverError, thread)
  }

  const target = options.target ?? (options.onEvent === undefined ? null : callbackTarget(options.onEvent))
  if (target !== null) {
    const { concurrency, ratePerSecond, retrySeconds } = options
    handOver = startHandOver({
      // The receiver that owns the inbox then settles it; this one has nothing more to say.
      exchange: async (...args) =>
        ownership?.over() === true ? { events: [], nextDue: null } : thread.ask("exchange", ...args),
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
    })
  }
  applying.apply() // what a stop or a crash left behind
  handOver?.wake()
  const stopUpkeep = startUpkeep({
    thread,
    metrics,
    readiness,
    troubles,
    log,
    time,
    standing: () => {
      const standing = handOver?.standing()
      return {
        applied: applying.moved(),
        handedOver: standing?.ended ?? 0,
        excused: standing === undefined || standing.pausing,
        inHand: standing?.inHand ?? 0,
        mayHoldMs: target?.timeoutMs ?? 0
      }
    },
    look: goOn,
    keepDeliveredMs,
    maxInboxBytes: options.maxInboxBytes ?? null,
    watch: options.watch
  })

  return {
    url: listening.address === null ? "" : urlOf(listening.address, options.tls === undefined ? "http" : "https"),
    port: listening.address?.port ?? 0,
    adminUrl: listening.admin?.url ?? null,
    inbox,
    metrics,
    intake,
    handle: listener.handle,
    wake: goOn,
    reload: async (given) => {
      checkSources(given)
      let useCertificate: () => void
      try {
        useCertificate = listener.rereadTls()
      } catch (error) {
        throw certificateFailure(error, "read again", "the one before stays in use")
      }
      try {
        // First, as only this can fail: a delivery of a new source is read by its product from its first one on.
        await thread.readBy(readingOf(given))
      } catch (error) {
        throw storeFailure(error, file)
      }
      sources = given
      intake.setSources(new Map(Object.entries(given)))
      useCertificate()
      log("info", "settings and secrets were read again", { sources: Object.keys(given).join(", ") })
    },
    acknowledgements: () => acknowledgements,
    note: async (what, ...args) => {
      // No time passes for a replay while the inbox's thread is at it.
      onWork?.(1)
      try {
        return await thread.ask(what, ...args)
      } finally {
        onWork?.(-1)
      }
    },
    noteWrite: (source, entity, entityId, fields) => {
      const untold = "a write of the integration's own could not be noted: its event will not be known as an echo"
      void thread
        .ask("noteWrite", source, entity, entityId, fields, time.now())
        .catch(() => log("warning", untold, { source }))
    },
    put: (source, event) =>
      new Promise((resolve) => {
        onWork?.(1)
        thread.put(foundDelivery(source, event, time.now()), (result) => {
          const { entity, event: name } = event
          if (result === "stored") {
            metrics.reconciled.inc({ source, entity, action: name.slice(name.lastIndexOf("_") + 1) })
            applying.expect()
          }
          if (result === "quarantined")
            log("error", "what reconciliation found is in quarantine: it was not understood", { source, entity })
          onWork?.(-1)
          resolve(result)
        })
      }),
    ended: ownership?.ended.then(ofStore) ?? new Promise(() => undefined),
    close: async () => {
      closing ??= closeReceiver({
        ackDeadlineMs,
        ownership,
        intake,
        listener,
        listening,
        thread,
        applying,
        counts,
        handOver,
        inbox,
        stopUpkeep,
        onEnding: () => {
          ending = true
        }
      })
      await closing
    }
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

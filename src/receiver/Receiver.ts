/**
 * The receiver: a listener for signed deliveries, a durable inbox in a thread of its own, the state of each entity, and
 * the hand-over to a target. `createReceiver` is plain TypeScript; `receiverScoped` gives its lifetime to Effect.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, type Scope, type Tracer } from "effect"
import type { PushedEvent, Snapshot } from "../domain/Event.js"
import { requireSupportedNode } from "../domain/SupportedNode.js"
import { realTime, type Timekeeper } from "../domain/Time.js"
import { allProviders, type Provider, providerOf } from "../providers/index.js"
import { explain, StoreError, type StoreFailure } from "../store/index.js"
import { type AdminAddress, type AdminListener, defaultAdminPort, startAdminListener } from "./AdminListener.js"
import { becomes, lastAnswersMs, lastApplyMs, lastBodiesMs, lastConnectionsMs, within } from "./Closing.js"
import { type HandOver, type HandOverSettings, startHandOver } from "./handover/HandOver.js"
import { callbackTarget, type EventHandler, type Target } from "./handover/Target.js"
import type { Applied, Bare, CommitResult } from "./inbox/Delivery.js"
import { type Inbox, openInboxWithFile } from "./inbox/Inbox.js"
import { type InboxThread, startInboxThread } from "./inbox/InboxThread.js"
import type { InboxKey } from "./inbox/KeyRing.js"
import type { NoteName, NoteOperations, ReadingSettings } from "./inbox/ThreadMessages.js"
import { addressList } from "./intake/Addresses.js"
import { type Intake, makeIntake } from "./intake/Intake.js"
import { type ListenerLimits, makeListener, type TlsFiles } from "./intake/Listener.js"
import type { ReceiverSource } from "./intake/Sources.js"
import { type Log, noLog, sparingly } from "./Log.js"
import { type Metrics, makeMetrics } from "./Metrics.js"
import { makeOperations } from "./Operations.js"
import { makeOwnership, type Ownership } from "./Ownership.js"
import { makeReadiness } from "./Readiness.js"
import { type Hydrate, sharedHydration } from "./reconciliation/Hydration.js"
import { startSampling } from "./Sampling.js"
import { isPublicKey } from "./signatures/Signature.js"
import { traceWith } from "./Tracing.js"
import { makeTroubles } from "./Troubles.js"
import { startWatchdog } from "./Watchdog.js"

/** The receiver cannot start, or cannot take other settings; `message` says what to do. */
export class ReceiverError extends Error {
  readonly _tag = "ReceiverError"
  readonly reason: "portInUse" | "address" | "secret" | "store" | "tls" | "owned" | "moved" | "key" | "locked"
  constructor({ message, reason }: Pick<ReceiverError, "message" | "reason">) {
    super(message)
    this.name = "ReceiverError"
    this.reason = reason
  }
}

export interface ReceiverOptions extends HandOverSettings {
  /** The database file that holds the inbox; default `hookshift.db`. */
  readonly db?: string
  /** Default `127.0.0.1:8787`; port 0 takes any free one. `null`: no listener, deliveries come by `handle` or `fetch`. */
  readonly listen?: { readonly host?: string; readonly port?: number } | null
  /** The operators' listener with `/readyz` and `/metrics`; none unless set. */
  readonly admin?: AdminAddress | null
  /** Serves HTTPS instead of HTTP. */
  readonly tls?: TlsFiles
  /** By name: the last part of each hook URL (`POST /hooks/{name}`). */
  readonly sources: Readonly<Record<string, ReceiverSource>>
  /** Gets each event at least once; a throw or rejection means: again later. */
  readonly onEvent?: EventHandler
  /** In place of `onEvent`: a URL (`forwardTo`) or a program (`execProgram`). */
  readonly target?: Target
  /**
   * The key that bodies at rest are sealed with, 32 bytes as hexadecimal digits or base64, and where it comes from, for error
   * messages. Several may stand by lines: the first seals, all open. Default: the file `<db>.key`, made with a new database.
   */
  readonly inboxKey?: InboxKey
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Default 4000. */
  readonly ackDeadlineMs?: number
  readonly limits?: ListenerLimits
  /** Addresses of proxies whose `X-Forwarded-For` is believed, as `10.0.0.1` or `10.0.0.0/8`. */
  readonly trustProxy?: ReadonlyArray<string>
  /** How long delivered events are kept, which is how long a duplicate is known for one; default 30 days, `null` for ever. */
  readonly keepDeliveredMs?: number | null
  /** Bytes in use in the database above which the oldest delivered events are let go sooner; no bound unless set. */
  readonly maxInboxBytes?: number
  readonly time?: Timekeeper
  /** Fetches an entity of which a delivery told the id only. */
  readonly hydrate?: Hydrate
  /** Told of each event once it has moved the entity state. */
  readonly onApplied?: (applied: Applied) => void
  /** Told what happens, for a log. */
  readonly log?: Log
  /**
   * Gets a span for each delivery and each hand-over.
   * @internal
   */
  readonly tracer?: Tracer.Tracer
  /**
   * How often the watchdog looks, and after how long it speaks.
   * @internal
   */
  readonly watch?: { readonly everyMs: number; readonly stalledAfterMs: number }
  /** Told when work begins (1) and ends (-1): how a replay knows that all is quiet. */
  readonly onWork?: (change: 1 | -1) => void
}

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
  readonly reload: (sources: Readonly<Record<string, ReceiverSource>>) => Promise<void>
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
const hydrateAgainAfterMs = 30_000
const stuckForMs = 1_000
const countsEveryMs = 1_000
const quarantined = "a signed delivery is in quarantine: it was not understood, and no handler sees it"
/** How often the hand-over looks among what it has passed by: after `inbox retry` in another process. */
const lookAgainEveryMs = 2_000

const checkSources = (sources: Readonly<Record<string, ReceiverSource>>): void => {
  const fail = (message: string) => new ReceiverError({ reason: "secret", message })
  for (const [name, { allowFrom, profile, secrets }] of Object.entries(sources)) {
    if (profile === "freshchat" && !secrets.every(isPublicKey))
      throw fail(
        `the source ${name} has a freshchat key that is no RSA public key: copy the key from Freshchat's webhook settings, with its BEGIN and END lines`
      )
    if (secrets.every((secret) => secret.trim() === ""))
      throw fail(`the source ${name} has no webhook secret: set the variable that webhook.secretEnv names`)
    if (allowFrom !== undefined && addressList(allowFrom) === null)
      throw new ReceiverError({
        reason: "address",
        message: `the source ${name} has an entry in allowFrom that is no address: write 203.0.113.7 or 203.0.113.0/24`
      })
  }
}

const readingOf = (sources: ReceiverOptions["sources"]): ReadingSettings => ({
  sources: Object.fromEntries(
    Object.entries(sources).map(([name, { product, serviceAccount }]) => [
      name,
      { product: product ?? "freshdesk", serviceAccount: serviceAccount ?? null }
    ])
  ),
  descriptions: allProviders().flatMap(({ described }) => described ?? [])
})

interface Address {
  readonly host: string
  readonly port: number
}

const cannotListen = (failure: unknown, { host, port }: Address, flag: string): ReceiverError => {
  const code = (failure as NodeJS.ErrnoException).code ?? "unknown error"
  const taken = code === "EADDRINUSE"
  return new ReceiverError({
    reason: taken ? "portInUse" : "address",
    message: taken
      ? `port ${port} on ${host} is in use: stop the other program, or choose another port with ${flag}`
      : `cannot listen on ${host}:${port} (${code}): choose another address with ${flag}`
  })
}

export const createReceiver = async (options: ReceiverOptions): Promise<Receiver> => {
  requireSupportedNode()
  const time = options.time ?? realTime
  const file = options.db ?? "hookshift.db"
  const ackDeadlineMs = options.ackDeadlineMs ?? 4_000
  const metrics = makeMetrics()
  const trace = options.tracer === undefined ? undefined : traceWith(options.tracer)
  const log = sparingly(options.log ?? noLog, () => performance.now())
  const troubles = makeTroubles({
    log,
    metrics,
    now: () => performance.now(),
    lastingAfterMs: options.watch?.stalledAfterMs
  })
  checkSources(options.sources)
  if (addressList(options.trustProxy ?? []) === null)
    throw new ReceiverError({
      reason: "address",
      message: "trustProxy has an entry that is no address: write 10.0.0.1 or 10.0.0.0/8"
    })
  const readiness = makeReadiness()
  readiness.add("stopping", () => (closing === null ? null : "the receiver is stopping"))
  let sources = options.sources
  const productOf = (source: string): Provider | null => providerOf(sources[source]?.product ?? "freshdesk")

  let inbox: Inbox
  let key: InboxKey
  // In virtual time the inbox is a replay's own.
  let ownership: Ownership | null
  try {
    const opened = openInboxWithFile(file, {
      providerOf: productOf,
      ...(options.inboxKey === undefined ? {} : { key: options.inboxKey })
    })
    inbox = opened.inbox
    key = opened.file.key
    ownership =
      time === realTime
        ? makeOwnership({ file, keyFile: options.inboxKey === undefined ? key.place : null, log, onBack: () => goOn() })
        : null
  } catch (error) {
    throw storeFailure(error, file)
  }

  readiness.add("owner", () => ownership?.trouble() ?? null)
  readiness.add("work", () => troubles.lasting().join("; ") || null)

  const acknowledgements: Array<number> = []
  const hydrateShared = options.hydrate === undefined ? null : sharedHydration(options.hydrate, time, productOf)
  let closed = false
  let closing: Promise<void> | null = null
  let handOver: HandOver | null = null

  /** Deliveries are stored that have not moved the state: this one's work until the thread says that there are none. */
  let applying = false
  const whenApplied: Array<() => void> = []
  const awaitApplied = (): void => {
    if (applying) return
    applying = true
    options.onWork?.(1)
  }
  const appliedAll = (): void => {
    if (!applying) return
    applying = false
    options.onWork?.(-1)
    for (const resolve of whenApplied.splice(0)) resolve()
  }
  const apply = (): void => {
    if (closed) return
    awaitApplied()
    // Without its thread nothing is under way; it asks again once it runs.
    void thread.ask("apply").catch(appliedAll)
  }

  const goOn = (): void => {
    apply()
    if (!closed) handOver?.wake(true)
  }

  let moved = 0
  const onApplied = (
    applied: ReadonlyArray<Applied>,
    bare: ReadonlyArray<Bare>,
    idle: boolean,
    count: number
  ): void => {
    moved += count
    troubles.worked("applying")
    if (options.onApplied !== undefined) applied.forEach(options.onApplied)
    for (const one of bare) void hydrate(one)
    if (!closed) handOver?.wake()
    if (idle) appliedAll()
  }

  /** No time passes for a replay while the inbox's thread is at it. */
  const ask: InboxThread["ask"] = async (operation, ...args) => {
    options.onWork?.(1)
    try {
      return await thread.ask(operation, ...args)
    } finally {
      options.onWork?.(-1)
    }
  }

  const hydrate = async ({ event, id, source }: Bare): Promise<void> => {
    try {
      const snapshot = await hydrateShared!(source, event)
      if (!closed) await ask("hydrated", id, { ...event, snapshot })
    } catch (error) {
      const reason = error instanceof StoreError ? "inbox" : "provider"
      metrics.hydrationFailures.inc({ source, reason })
      log("warning", "an entity could not be fetched: its events wait in the inbox, and it is tried again", {
        source,
        entity: event.entity,
        reason
      })
      // Neither the provider's answer nor the inbox was to be had: later. The delivery stays in the inbox.
      time.at(time.now() + hydrateAgainAfterMs, () => {
        if (closed) return
        awaitApplied()
        void thread.ask("retryBare", id).catch(() => undefined)
      })
    }
  }

  let thread: InboxThread
  try {
    thread = await startInboxThread({
      data: {
        file,
        reading: readingOf(sources),
        key,
        owner: ownership?.data ?? null,
        hydrates: hydrateShared !== null,
        tells: options.onApplied !== undefined
      },
      deadlineMs: ackDeadlineMs,
      now: time.now,
      onCommitted: (_, seconds) => {
        metrics.commit.observe(seconds)
        troubles.worked("intake")
      },
      onRefused: (reason) => {
        if (reason === "damaged") troubles.failed("damage", reason)
        troubles.failed("intake", reason)
      },
      onSetAside: (rows) => {
        for (const { damaged, reason, rows: count } of rows) {
          metrics.setAside.inc({ reason }, count)
          log("error", "events were set aside: hookshift inbox list --state dead shows those that can be read", {
            reason
          })
          if (damaged) troubles.failed("damage", "damaged")
        }
      },
      onNotRestarted: (reason) => troubles.failed("thread", reason),
      onApplied,
      // The disk is full or the file locked: the deliveries are in the inbox, and are looked at again.
      onStuck: (reason) => {
        troubles.failed("applying", reason)
        appliedAll()
        if (!closed) time.at(time.now() + stuckForMs, apply)
      },
      onRestarted: () => {
        log("warning", "the inbox's thread had ended and runs again")
        troubles.worked("thread")
        goOn()
      },
      onOwner: (news) => ownership?.hear(news)
    })
  } catch (error) {
    inbox.close()
    ownership?.stop()
    throw storeFailure(error, file)
  }

  // Counts of what was refused, and of which secrets were used: written now and then, and not at all while that fails.
  const rejections = new Map<string, number>()
  const secretUses = new Map<string, number>()
  const keepCounts = async (): Promise<void> => {
    if (rejections.size > 0) {
      const counts = new Map(rejections)
      rejections.clear()
      await thread.ask("countRejections", counts).catch(() => {
        for (const [key, count] of counts) rejections.set(key, (rejections.get(key) ?? 0) + count)
      })
    }
    for (const [key, count] of [...secretUses]) {
      secretUses.delete(key)
      const [source, place] = key.split(" ") as [string, string]
      const secret = sources[source]?.secrets[Number(place)] ?? ""
      await thread
        .ask("noteSecretUse", source, secret, time.now(), count)
        .catch(() => secretUses.set(key, (secretUses.get(key) ?? 0) + count))
    }
  }
  let countsScheduled = false
  const countSoon = (counts: Map<string, number>, key: string): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1)
    if (countsScheduled) return
    countsScheduled = true
    setTimeout(() => {
      countsScheduled = false
      if (!closed) void keepCounts()
    }, countsEveryMs).unref()
  }

  const intake = makeIntake({
    sources: new Map(Object.entries(sources)),
    maxBodyBytes: options.maxBodyBytes ?? 1024 * 1024,
    limits: options.limits ?? {},
    trustProxy: options.trustProxy ?? [],
    time,
    metrics,
    put: (delivery, done) => thread.put(delivery, done),
    onStored: awaitApplied,
    onAcknowledged: (seconds) => {
      if (acknowledgements.length < rememberedAcknowledgements) acknowledgements.push(seconds)
    },
    onRejected: (source, reason) => {
      log("warning", "a delivery was refused", { source, reason })
      countSoon(rejections, `${source} ${reason}`)
    },
    onQuarantined: (source, reason) => log("warning", quarantined, { source, reason }),
    onUnavailable: (source) => log("error", "a delivery was answered 503: it could not be stored in time", { source }),
    trace,
    onVerified: (source, secret) => countSoon(secretUses, `${source} ${secret}`)
  })

  const operations = makeOperations({ thread, metrics, time, troubles })
  let listener: ReturnType<typeof makeListener>
  try {
    listener = makeListener({
      intake,
      limits: options.limits ?? {},
      tls: options.tls ?? null,
      onConnections: (open) => metrics.connections.set(open),
      onGivenWay: (state) => {
        metrics.givenWay.inc({ state })
        log("warning", "there are too many connections: one was closed", { state })
      }
    })
  } catch (error) {
    await thread.close()
    inbox.close()
    ownership?.stop()
    throw new ReceiverError({
      reason: "tls",
      message: `the certificate cannot be used (${(error as NodeJS.ErrnoException).code ?? "unknown error"}): check tls.certFile and tls.keyFile`
    })
  }
  const { server } = listener

  const giveUp = async (failure: unknown, address: Address, flag: string): Promise<never> => {
    await thread.close()
    inbox.close()
    ownership?.stop()
    throw cannotListen(failure, address, flag)
  }
  let admin: AdminListener | null = null
  if (options.admin !== undefined && options.admin !== null) {
    const { host = "127.0.0.1", optional = false, port = defaultAdminPort } = options.admin
    try {
      admin = await startAdminListener({ metrics, readiness, host, port })
    } catch (failure) {
      if (!optional) await giveUp(failure, { host, port }, "--admin")
      log("warning", `no /readyz and /metrics: port ${port} on ${host} is taken; choose another with --admin`)
    }
  }
  const listen = options.listen === null ? null : { host: "127.0.0.1", port: 8787, ...options.listen }
  if (listen !== null) {
    const failure = await new Promise<Error | null>((resolve) => {
      server.once("error", resolve)
      server.listen(listen.port, listen.host, () => {
        server.off("error", resolve)
        resolve(null)
      })
    })
    if (failure !== null) {
      admin?.close()
      await giveUp(failure, listen, "--listen")
    }
  }

  const target = options.target ?? (options.onEvent === undefined ? null : callbackTarget(options.onEvent))
  if (target !== null)
    handOver = startHandOver({
      // Whoever owns the inbox then settles it; this one has nothing more to say.
      exchange: async (...args) =>
        ownership?.over() === true ? { events: [], nextDue: null } : thread.ask("exchange", ...args),
      target: ownership?.fenced(target) ?? target,
      time,
      metrics,
      log,
      onStuck: (reason) => troubles.failed("hand-over", reason),
      onGoing: () => troubles.worked("hand-over"),
      onWork: options.onWork,
      trace,
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      ...(options.ratePerSecond === undefined ? {} : { ratePerSecond: options.ratePerSecond }),
      ...(options.retrySeconds === undefined ? {} : { retrySeconds: options.retrySeconds })
    })
  apply() // what a stop or a crash left behind
  handOver?.wake()
  const stopSampling =
    time === realTime ? startSampling({ thread, metrics, readiness, log, now: time.now }) : () => undefined
  // In virtual time nobody else touches the inbox, and a timer that comes for ever would be all that happens.
  const stopWatching =
    time === realTime
      ? startWatchdog({
          thread,
          troubles,
          wallNow: time.now,
          now: () => performance.now(),
          standing: () => {
            const standing = handOver?.standing()
            return {
              applied: moved,
              handedOver: standing?.ended ?? 0,
              excused: standing === undefined || standing.pausing,
              inHand: standing?.inHand ?? 0,
              mayHoldMs: target?.timeoutMs ?? 0
            }
          },
          ...options.watch
        })
      : () => undefined
  const stopLooking =
    time === realTime
      ? operations.keepHouse({
          everyMs: lookAgainEveryMs,
          look: () => {
            apply()
            handOver?.wake(true)
          },
          keepDeliveredMs: options.keepDeliveredMs === undefined ? 30 * 86_400_000 : options.keepDeliveredMs,
          maxInboxBytes: options.maxInboxBytes ?? null
        })
      : () => undefined

  const address = listen === null ? null : (server.address() as AddressInfo)
  const scheme = options.tls === undefined ? "http" : "https"
  return {
    url:
      address === null
        ? ""
        : `${scheme}://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    port: address?.port ?? 0,
    adminUrl: admin?.url ?? null,
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
        throw new ReceiverError({
          reason: "tls",
          message: `the certificate cannot be read again (${(error as NodeJS.ErrnoException).code ?? "unknown error"}): the one before stays in use`
        })
      }
      try {
        // First, as only this can fail: a delivery of a new source is read by its product from its first one on.
        await thread.readBy(readingOf(given))
      } catch (error) {
        throw new ReceiverError({ reason: "store", message: explain(error, file).message })
      }
      sources = given
      intake.setSources(new Map(Object.entries(given)))
      useCertificate()
      log("info", "settings and secrets were read again", { sources: Object.keys(given).join(", ") })
    },
    acknowledgements: () => acknowledgements,
    note: (what, ...args) => ask(what, ...args),
    noteWrite: (source, entity, entityId, fields) =>
      void thread
        .ask("noteWrite", source, entity, entityId, fields, time.now())
        .catch(() =>
          log(
            "warning",
            "a write of the integration's own could not be noted: its event will not be known as an echo",
            { source }
          )
        ),
    put: (source, event) =>
      new Promise((resolve) => {
        options.onWork?.(1)
        const { account, entity, entityId, event: name, occurredAt, shownBy, snapshot, updatedAt } = event
        const body = Buffer.from(
          JSON.stringify({
            event: name,
            entity,
            id: entityId,
            updated_at: updatedAt === null ? null : new Date(updatedAt).toISOString(),
            occurred_at: occurredAt ?? null,
            account,
            ...(shownBy === undefined ? {} : { shown_by: shownBy }),
            snapshot
          })
        )
        thread.put(
          { source, origin: "reconciliation", receivedAt: time.now(), body, deliveryId: null, headers: {} },
          (result) => {
            if (result === "stored") {
              metrics.reconciled.inc({ source, entity, action: name.slice(name.lastIndexOf("_") + 1) })
              awaitApplied()
            }
            if (result === "quarantined")
              log("error", "what reconciliation found is in quarantine: it was not understood", { source, entity })
            options.onWork?.(-1)
            resolve(result)
          }
        )
      }),
    ended:
      ownership?.ended.then(({ message, reason }) => new ReceiverError({ reason: reasonOf(reason), message })) ??
      new Promise(() => undefined),
    close: async () => {
      closing ??= (async () => {
        ownership?.giveUp()
        stopSampling()
        intake.close()
        intake.bodies.endWithin(lastBodiesMs)
        operations.drain()
        listener.drain()
        stopLooking()
        stopWatching()
        const disconnected =
          listen === null ? Promise.resolve() : new Promise<void>((resolve) => void server.close(() => resolve()))
        // Idle kept connections go at once; those with a delivery under way are answered first.
        server.closeIdleConnections()
        await becomes(lastBodiesMs + lastAnswersMs, () => intake.bodies.count() === 0)
        await becomes(ackDeadlineMs + lastAnswersMs, () => thread.waiting() === 0)
        if (!(await within(lastConnectionsMs, disconnected))) server.closeAllConnections()
        // Requests are answered; what they brought moves the state before the inbox closes.
        if (applying && ownership?.over() !== true)
          await within(lastApplyMs, new Promise<void>((resolve) => whenApplied.push(resolve)))
        closed = true
        await handOver?.stop()
        await keepCounts()
        await thread.close()
        inbox.close()
        ownership?.stop()
        admin?.close()
      })()
      await closing
    }
  }
}

const reasonOf = (reason: StoreFailure): ReceiverError["reason"] =>
  reason === "owned" || reason === "moved" || reason === "key" || reason === "locked" ? reason : "store"

const storeFailure = (error: unknown, file: string): ReceiverError => {
  const { message, reason } = explain(error, file)
  return new ReceiverError({ reason: reasonOf(reason), message })
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

/**
 * The receiver: a listener for signed deliveries, a durable inbox behind it, the state of each entity, and the
 * hand-over to a handler. `createReceiver` is plain TypeScript; `Receiver.scoped` gives its lifetime to Effect.
 */
import type { AddressInfo } from "node:net"
import { Effect, Schema, type Scope } from "effect"
import { actionOf, type PushedEvent, type Snapshot } from "../domain/Event.js"
import { realTime, type Timekeeper } from "../domain/Time.js"
import { type Provider, providerOf } from "../providers/index.js"
import { explain } from "../store/index.js"
import { type CommitResult, makeCommitLoop } from "./CommitLoop.js"
import type { Applied } from "./Delivery.js"
import { type EventHandler, type HandOver, startHandOver } from "./HandOver.js"
import { type Hydrate, sharedHydration } from "./Hydration.js"
import { type Inbox, openInbox } from "./Inbox.js"
import { makeIntake } from "./Intake.js"
import { type Metrics, makeMetrics } from "./Metrics.js"
import { isPublicKey } from "./Signature.js"
import type { ReceiverSource } from "./Sources.js"

/** The receiver cannot start; `message` says what to do. */
export class ReceiverError extends Schema.TaggedError<ReceiverError>()("ReceiverError", {
  reason: Schema.Literal("portInUse", "address", "secret", "store"),
  message: Schema.String
}) {}

export interface ReceiverOptions {
  /** The database file that holds the inbox; default `hookshift.db`. */
  readonly db?: string
  /** Default `127.0.0.1:8787`; port 0 takes any free one. */
  readonly listen?: { readonly host?: string; readonly port?: number }
  /** By name: the last part of each hook URL (`POST /hooks/{name}`). */
  readonly sources: Readonly<Record<string, ReceiverSource>>
  /** Gets each event at least once; a throw or rejection means: again later. */
  readonly onEvent?: EventHandler
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Default 4000. */
  readonly ackDeadlineMs?: number
  readonly time?: Timekeeper
  /** Fetches an entity of which a delivery told the id only. */
  readonly hydrate?: Hydrate
  /** Told of each event once it has moved the entity state. */
  readonly onApplied?: (applied: Applied) => void
  /** Told when work begins (1) and ends (-1): how a replay knows that all is quiet. */
  readonly onWork?: (change: 1 | -1) => void
}

export interface Receiver {
  readonly url: string
  readonly port: number
  readonly inbox: Inbox
  readonly metrics: Metrics
  /** Puts an event that the receiver's own reconciliation found into the inbox. */
  readonly put: (source: string, event: PushedEvent) => Promise<CommitResult>
  /** Tells what the integration itself has just written, so that its event is known as an echo when it comes back. */
  readonly noteWrite: (source: string, entity: string, entityId: string, fields: Snapshot) => void
  /** Looks again for what waits: after `inbox retry`, for example. */
  readonly wake: () => void
  /** Seconds from the last byte of each delivery to its answer, on the real clock; the first 100,000. */
  readonly acknowledgements: () => ReadonlyArray<number>
  /** Stops listening, answers what it accepted, finishes what runs, closes the inbox. */
  readonly close: () => Promise<void>
}

const applyBatch = 64
const rememberedAcknowledgements = 100_000
const hydrateAgainAfterMs = 30_000

export const createReceiver = async (options: ReceiverOptions): Promise<Receiver> => {
  const time = options.time ?? realTime
  const file = options.db ?? "hookshift.db"
  const metrics = makeMetrics()
  for (const [name, settings] of Object.entries(options.sources)) {
    if (settings.profile === "freshchat" && !settings.secrets.every(isPublicKey)) {
      throw new ReceiverError({
        reason: "secret",
        message: `the source ${name} has a freshchat key that is no RSA public key: copy the key from Freshchat's webhook settings, with its BEGIN and END lines`
      })
    }
    if (settings.secrets.every((secret) => secret === "")) {
      throw new ReceiverError({
        reason: "secret",
        message: `the source ${name} has no webhook secret: set the variable that webhook.secretEnv names`
      })
    }
  }
  const productOf = (source: string): Provider | null => providerOf(options.sources[source]?.product ?? "freshdesk")
  let inbox: Inbox
  try {
    inbox = openInbox(file, {
      providerOf: productOf,
      serviceAccountOf: (source) => options.sources[source]?.serviceAccount ?? null
    })
  } catch (error) {
    throw new ReceiverError({ reason: "store", message: explain(error, file).message })
  }
  const commits = makeCommitLoop(inbox, options.ackDeadlineMs ?? 4_000, time, () => undefined)
  const handOver: HandOver | null =
    options.onEvent === undefined ? null : startHandOver(inbox, options.onEvent, time, metrics)
  const acknowledgements: Array<number> = []
  const rejections = new Map<string, number>()
  const verified = new Set<string>()
  const hydrating = new Set<number>()
  const hydrateShared = options.hydrate === undefined ? null : sharedHydration(options.hydrate, time, productOf)
  const secretUses = new Map<string, number>()
  let applying = false
  let waits = 0
  let closed = false

  const schedule = (): void => {
    if (applying || closed) return
    applying = true
    options.onWork?.(1)
    setImmediate(apply)
  }

  const finish = (applied: ReadonlyArray<Applied>): void => {
    for (const one of applied) {
      const key = `${one.source} ${one.event.event}`
      if (one.origin === "webhook" && !verified.has(key)) {
        verified.add(key)
        inbox.markVerified(one.source, one.event.event, time.now())
      }
      options.onApplied?.(one)
    }
    if (applied.length > 0) handOver?.wake()
  }

  const apply = (): void => {
    // The intake comes first: senders wait for it, nobody waits for this.
    if (commits.waiting() > 0 && waits++ < 20) {
      setImmediate(apply)
      return
    }
    waits = 0
    applying = false
    let more = false
    try {
      if (!closed) {
        const rows = inbox.unapplied(applyBatch + hydrating.size).filter((row) => !hydrating.has(row.id))
        const bare =
          hydrateShared === null
            ? []
            : rows.filter((row) => row.event.snapshot === null && actionOf(row.event.event) !== "delete")
        finish(inbox.applyAll(rows.filter((row) => !bare.includes(row))))
        for (const row of bare) void hydrate(row)
        more = rows.length >= applyBatch
      }
    } catch {
      // The disk is full or the file locked: the deliveries are in the inbox, and are looked at again.
      if (!closed) time.at(time.now() + 1_000, schedule)
    } finally {
      if (more) schedule()
      options.onWork?.(-1)
    }
  }

  const hydrate = async (row: {
    readonly id: number
    readonly source: string
    readonly event: PushedEvent
  }): Promise<void> => {
    hydrating.add(row.id)
    try {
      const snapshot = await hydrateShared!(row.source, row.event)
      if (!closed) finish(inbox.applyAll([{ id: row.id, event: { ...row.event, snapshot } }]))
      hydrating.delete(row.id)
    } catch {
      time.at(time.now() + hydrateAgainAfterMs, () => {
        hydrating.delete(row.id)
        schedule()
      })
    }
  }

  const keepCounts = (): void => {
    if (rejections.size + secretUses.size === 0) return
    try {
      if (rejections.size > 0) inbox.countRejections(rejections)
      rejections.clear()
      for (const [key, count] of secretUses) {
        const [source, place] = key.split(" ") as [string, string]
        const secret = options.sources[source]?.secrets[Number(place)] ?? ""
        inbox.noteSecretUse(source, secret, time.now(), count)
        secretUses.delete(key)
      }
    } catch {
      // Counts only: they are tried again with the next one.
    }
  }
  let countsScheduled = false
  const countSoon = (): void => {
    if (countsScheduled) return
    countsScheduled = true
    setTimeout(() => {
      countsScheduled = false
      if (!closed) keepCounts()
    }, 1_000).unref()
  }

  const { server, stop } = makeIntake({
    sources: new Map(Object.entries(options.sources)),
    maxBodyBytes: options.maxBodyBytes ?? 1024 * 1024,
    ackDeadlineMs: options.ackDeadlineMs ?? 4_000,
    time,
    metrics,
    commits,
    ready: () => inbox.writable(),
    onStored: schedule,
    onAcknowledged: (seconds) => {
      if (acknowledgements.length < rememberedAcknowledgements) acknowledgements.push(seconds)
    },
    onRejected: (source, reason) => {
      rejections.set(`${source} ${reason}`, (rejections.get(`${source} ${reason}`) ?? 0) + 1)
      countSoon()
    },
    onVerified: (source, secret) => {
      const key = `${source} ${secret}`
      secretUses.set(key, (secretUses.get(key) ?? 0) + 1)
      countSoon()
    }
  })

  const host = options.listen?.host ?? "127.0.0.1"
  const port = options.listen?.port ?? 8787
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      inbox.close()
      const message =
        error.code === "EADDRINUSE"
          ? `port ${port} on ${host} is in use: stop the other program, or choose another port with --listen`
          : `cannot listen on ${host}:${port} (${error.code}): choose another address with --listen`
      reject(new ReceiverError({ reason: error.code === "EADDRINUSE" ? "portInUse" : "address", message }))
    })
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  schedule() // what a stop or a crash left behind
  handOver?.wake()

  return {
    url: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    port: address.port,
    inbox,
    metrics,
    wake: () => {
      schedule()
      handOver?.wake()
    },
    acknowledgements: () => acknowledgements,
    noteWrite: (source, entity, entityId, fields) => inbox.noteWrite(source, entity, entityId, fields, time.now()),
    put: (source, event) =>
      new Promise((resolve) => {
        options.onWork?.(1)
        const { account, entity, entityId, event: name, snapshot, updatedAt } = event
        const body = Buffer.from(
          JSON.stringify({
            event: name,
            entity,
            id: entityId,
            updated_at: updatedAt === null ? null : new Date(updatedAt).toISOString(),
            account,
            snapshot
          })
        )
        commits.put(
          { source, origin: "reconciliation", receivedAt: time.now(), body, deliveryId: null, event },
          (result) => {
            if (result === "stored") schedule()
            options.onWork?.(-1)
            resolve(result)
          }
        )
      }),
    close: async () => {
      if (closed) return
      stop()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        // Idle keep-alive connections go at once; those with a delivery under way are answered first.
        server.closeIdleConnections()
      })
      // Requests are answered; apply what they brought before the inbox closes.
      while (applying || commits.waiting() > 0) await new Promise((next) => setImmediate(next))
      closed = true
      await handOver?.stop()
      keepCounts()
      inbox.close()
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

/** A receiver with its reconciliation against an account of a test's own making, swept when the test says so. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { FetchHttpClient } from "@effect/platform"
import { Duration, Effect, Exit, Redacted, Scope } from "effect"
import { onTestFinished } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { providerOf, rootsOf } from "../../src/providers/index.js"
import { createReceiver, signBody } from "../../src/receiver/index.js"
import { makeReconciliation, type ReconciliationOptions, type Skipped } from "../../src/reconciliation/index.js"
import { reconciliationPort } from "../../src/runtime/index.js"

/** What the account answers: a body, or a status alone. */
export type Answer = (path: string, query: URLSearchParams) => unknown

export const account = async (answer: Answer) => {
  const calls: Array<string> = []
  const server = createServer((request, response) => {
    const url = new URL(request.url!, "http://account")
    calls.push(`${url.pathname}${url.search}`)
    const found = answer(url.pathname, url.searchParams)
    if (typeof found === "number") return response.writeHead(found).end()
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(found))
  })
  await new Promise<void>((resume) => server.listen(0, "127.0.0.1", resume))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls }
}

const secret = "hook-secret"

export const reconciling = async (options: {
  readonly db: string
  readonly product: string
  readonly baseUrl: string
  readonly entities: ReadonlyArray<string>
  readonly backfill?: boolean
  readonly own?: ReconciliationOptions["own"]
}) => {
  const { product } = options
  const provider = providerOf(product)!
  const handed: Array<WebhookEvent> = []
  const skipped: Array<Skipped> = []
  let failures = 0
  const receiver = await createReceiver({
    db: options.db,
    listen: null,
    sources: { s: { product, profile: "freshworks", secrets: [secret] } },
    onEvent: (event) => void handed.push(event)
  })
  const scope = Effect.runSync(Scope.make())
  const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(effect)
  const reconciliation = await run(
    makeReconciliation(reconciliationPort(receiver), {
      source: "s",
      account: "acme.example",
      provider,
      client: {
        baseUrl: options.baseUrl,
        authentication: { scheme: provider.defaultScheme, secret: Redacted.make("key") },
        tries: 1
      },
      every: Duration.hours(1),
      entities: options.entities,
      ...(options.backfill === undefined ? {} : { backfill: options.backfill }),
      ...(options.own === undefined ? {} : { own: options.own }),
      onError: () =>
        Effect.sync(() => {
          failures += 1
        }),
      onSkipped: (one) => Effect.sync(() => void skipped.push(one))
    }).pipe(Scope.extend(scope), Effect.provide(FetchHttpClient.layer))
  )
  const settled = async () => {
    while (receiver.inbox.counts().stored > 0) await new Promise((next) => setImmediate(next))
  }
  const roots = rootsOf(provider, options.entities)
  const before = roots.map((root) => receiver.inbox.sweepsOf("s", root))
  // The sweep that every start begins with.
  const started = () => failures > 0 || roots.every((root, at) => receiver.inbox.sweepsOf("s", root) > before[at]!)
  while (!started()) await new Promise((next) => setTimeout(next, 5))
  await settled()
  let closed = false
  const stop = async () => {
    if (closed) return
    closed = true
    await run(Scope.close(scope, Exit.void))
    await receiver.close()
  }
  onTestFinished(stop)
  return {
    receiver,
    handed,
    skipped,
    failures: () => failures,
    settled,
    stop,
    sweep: async () => {
      await run(reconciliation.sweep)
      await settled()
    },
    /** A delivery of the app route. */
    push: async (body: Readonly<Record<string, unknown>>): Promise<number> => {
      const bytes = Buffer.from(JSON.stringify({ account: "acme.example", ...body }))
      const head = {
        method: "POST",
        source: "s",
        headers: { "x-freshworks-signature": signBody(bytes, secret) },
        remoteAddress: ""
      }
      const status = await new Promise<number>((resolve) =>
        receiver.intake.deliver(head, bytes, (answer) => resolve(answer.status))
      )
      await settled()
      return status
    }
  }
}

/** As the products write it: whole seconds. */
export const stampAt = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

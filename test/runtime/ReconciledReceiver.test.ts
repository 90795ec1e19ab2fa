/**
 * A receiver with the reconciliations of its sources: whose client fetches what, and what a second `reconcile` ends.
 */
import { join } from "node:path"
import { FetchHttpClient } from "@effect/platform"
import { Duration, Effect, Exit, Redacted, Scope, Tracer } from "effect"
import { expect, it, onTestFinished } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { providerOf } from "../../src/providers/index.js"
import { signBody } from "../../src/receiver/index.js"
import { makeReconciledReceiver } from "../../src/runtime/index.js"
import { temporaryFolder } from "../support/files.js"
import { account, stampAt } from "../support/reconciling.js"
import { until } from "../support/until.js"

const secret = "hook-secret"
const freshdesk = providerOf("freshdesk")!

const spanOf: Tracer.Tracer["span"] = (name, parent, context, links, startTime, kind) => ({
  _tag: "Span",
  name,
  spanId: "s",
  traceId: "t",
  parent,
  context,
  status: { _tag: "Started", startTime },
  attributes: new Map(),
  links,
  sampled: true,
  kind,
  end: () => undefined,
  attribute: () => undefined,
  event: () => undefined,
  addLinks: () => undefined
})

const starting = async () => {
  const stamp = stampAt(Date.now())
  const { calls, url } = await account((path) =>
    /^\/api\/v2\/tickets\/\d+$/.test(path)
      ? { id: Number(path.split("/").at(-1)), subject: "fetched", created_at: stamp, updated_at: stamp }
      : []
  )
  const spans: Array<string> = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      spans.push(name)
      return spanOf(name, parent, context, links, startTime, kind)
    },
    context: (run) => run()
  })
  const handed: Array<WebhookEvent> = []
  const others: Array<string> = []
  const scope = Effect.runSync(Scope.make())
  onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
    Effect.runPromise(effect.pipe(Scope.extend(scope), Effect.withTracer(tracer)))
  const source = { profile: "freshworks" as const, secrets: [secret] }
  const made = await run(
    makeReconciledReceiver(
      {
        db: join(temporaryFolder(), "r.db"),
        listen: null,
        sources: { swept: source, other: source },
        onEvent: (event) => void handed.push(event)
      },
      async (name, entity, id) => {
        others.push(`${name} ${entity} ${id}`)
        return { id: Number(id), subject: "another's", updated_at: stamp }
      }
    )
  )
  const reconcile = () =>
    run(
      made
        .reconcile([
          {
            source: "swept",
            account: "acme",
            provider: freshdesk,
            client: {
              baseUrl: url,
              authentication: { scheme: freshdesk.defaultScheme, secret: Redacted.make("key") },
              tries: 1
            },
            every: Duration.hours(1),
            entities: ["ticket"]
          }
        ])
        .pipe(Effect.provide(FetchHttpClient.layer))
    )
  const push = (name: string, id: number) => {
    const body = Buffer.from(JSON.stringify({ event: "ticket_update", entity: "ticket", id, account: "acme" }))
    const headers = { "x-freshworks-signature": signBody(body, secret) }
    const head = { method: "POST", source: name, headers, remoteAddress: "" }
    return new Promise<number>((resolve) => made.receiver.intake.deliver(head, body, ({ status }) => resolve(status)))
  }
  return { ...made, reconcile, push, calls, handed, others, spans }
}

it("fetches a thin event's entity by its source's reconciliation, with a span, and any other as it is told to", async () => {
  const { calls, handed, others, push, reconcile, spans, tally } = await starting()
  await reconcile()
  expect([await push("swept", 1), await push("other", 2)]).toEqual([200, 200])
  await until(() => handed.length === 2)
  expect(handed.map(({ after, source }) => [source, after!["subject"]]).sort()).toEqual([
    ["other", "another's"],
    ["swept", "fetched"]
  ])
  expect(calls).toContain("/api/v2/tickets/1")
  expect(others).toEqual(["other ticket 2"])
  expect(spans).toContain("hookshift.hydration")
  expect(tally().hydration).toBe(1)
})

it("ends the sweeps of the settings before when it is told of others", async () => {
  const { receiver, reconcile, tally } = await starting()
  const sweeps = () => receiver.inbox.sweepsOf("swept", "ticket")
  await reconcile()
  await until(() => sweeps() === 1)
  const before = tally().reconciliation
  expect(before).toBeGreaterThan(0)
  await reconcile()
  await until(() => sweeps() === 2)
  // The tally is of those that run now.
  expect(tally().reconciliation).toBeGreaterThan(0)
})

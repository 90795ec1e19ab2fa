/** Two routes to one hook URL: each proves its own deliveries, and a change that both tell of is one event. */
import { join } from "node:path"
import { Effect } from "effect"
import { describe, expect, it, onTestFinished } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { realTime, type Timekeeper } from "../../src/domain/Time.js"
import { ruleBody } from "../../src/providers/index.js"
import { createReceiver, type ReceiverOptions, type ReceiverSource, signBody } from "../../src/receiver/index.js"
import { Store, type SubscriptionRow } from "../../src/store/service.js"
import { deliveryBody } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"

const [appSecret, ruleSecret] = ["app-secret", "rule-secret"]
const bothRoutes: ReceiverSource = {
  product: "freshdesk",
  profile: "freshworks",
  secrets: [appSecret],
  route: "app",
  further: [{ profile: "token", secrets: [ruleSecret, "old-rule-secret"], route: "rule" }]
}

const receiving = async (source: ReceiverSource, more: Partial<ReceiverOptions> = {}) => {
  const handed: Array<WebhookEvent> = []
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "r.db"),
    listen: { port: 0 },
    sources: { fd: source },
    onEvent: (event) => void handed.push(event),
    ...more
  })
  onTestFinished(() => receiver.close())
  const settled = async (): Promise<void> => {
    while (receiver.inbox.counts().stored > 0) await new Promise((next) => setTimeout(next, 2))
  }
  const sent = async (body: string, headers: Record<string, string>): Promise<number> => {
    const response = await fetch(`${receiver.url}/hooks/fd`, { method: "POST", body, headers })
    await response.text()
    return response.status
  }
  return {
    receiver,
    handed,
    settled,
    sent,
    byApp: (body: string, secret = appSecret) =>
      sent(body, { "x-freshworks-signature": signBody(Buffer.from(body), secret) }),
    byRule: (body: string, secret = ruleSecret) => sent(body, { "x-hookshift-token": secret })
  }
}

describe("a hook URL of two routes", () => {
  it("takes what one of them proves, and counts whose secret it was", async () => {
    const { byApp, byRule, receiver } = await receiving(bothRoutes)
    expect(await byApp(deliveryBody({ id: 1 }))).toBe(200)
    expect(await byRule(deliveryBody({ id: 2 }))).toBe(200)
    expect(await byRule(deliveryBody({ id: 3 }), "old-rule-secret")).toBe(200)
    const secrets = [appSecret, ruleSecret, "old-rule-secret"]
    const uses = () => receiver.inbox.secretUses("fd", secrets).map((use) => use?.deliveries ?? 0)
    while (uses().some((count) => count === 0)) await new Promise((next) => setTimeout(next, 20))
    expect(uses()).toEqual([1, 1, 1])
  })
  it("refuses what neither proves, whatever it has of the other's", async () => {
    const { byApp, byRule, receiver, sent } = await receiving(bothRoutes)
    const body = deliveryBody()
    const signature = signBody(Buffer.from(body), appSecret)
    expect(await sent(body, {})).toBe(401)
    expect(await byApp(body, ruleSecret)).toBe(401)
    expect(await byRule(body, appSecret)).toBe(401)
    // The proof of one in the header of the other.
    expect(await sent(body, { "x-hookshift-token": signature })).toBe(401)
    expect(await sent(body, { "x-freshworks-signature": ruleSecret })).toBe(401)
    // A signature over another body beside a wrong token.
    expect(await sent(`${body} `, { "x-freshworks-signature": signature, "x-hookshift-token": "x" })).toBe(401)
    expect(receiver.inbox.counts()).toMatchObject({ stored: 0, delivered: 0, quarantined: 0 })
    // A wrong proof in one header does not spoil the right one in the other.
    expect(await sent(body, { "x-freshworks-signature": signature, "x-hookshift-token": "x" })).toBe(200)
  })
  it("takes no token where only the app is set up", async () => {
    const { further: _, ...appOnly } = bothRoutes
    const { byRule } = await receiving(appOnly)
    expect(await byRule(deliveryBody(), ruleSecret)).toBe(401)
    expect(await byRule(deliveryBody(), appSecret)).toBe(401)
  })
  it("lets each in from its own addresses only", async () => {
    const [rule] = bothRoutes.further!
    const elsewhere = await receiving({ ...bothRoutes, further: [{ ...rule!, allowFrom: ["203.0.113.0/24"] }] })
    expect(await elsewhere.byApp(deliveryBody())).toBe(200)
    expect(await elsewhere.byRule(deliveryBody())).toBe(401)
    const nowhere = await receiving({
      ...bothRoutes,
      allowFrom: ["203.0.113.7"],
      further: [{ ...rule!, allowFrom: ["203.0.113.7"] }]
    })
    expect(await nowhere.byApp(deliveryBody())).toBe(403)
  })
  it("says which sender has a setting that cannot be used", async () => {
    const [rule] = bothRoutes.further!
    await expect(receiving({ ...bothRoutes, further: [{ ...rule!, secrets: [" "] }] })).rejects.toThrow(
      "the source fd has no webhook secret"
    )
  })
})

/** A ticket as the API shows it, and both routes' deliveries of its last change. */
const desk = async (more: Partial<ReceiverOptions> = {}) => {
  const ticket: Record<string, unknown> = {
    id: 42,
    status: 2,
    description: "text",
    custom_fields: { cf_order: null },
    updated_at: "2026-03-02T10:00:00Z"
  }
  let fetched = 0
  const running = await receiving(bothRoutes, {
    hydrate: async () => {
      fetched += 1
      return { ...ticket }
    },
    ...more
  })
  const stamp = () => String(ticket["updated_at"])
  return {
    ...running,
    fetched: () => fetched,
    change: (fields: Record<string, unknown>, at: string) => void Object.assign(ticket, fields, { updated_at: at }),
    /** As the platform sends it: without custom fields. */
    appBody: (event = "ticket_update", occurredAt?: number) => {
      const { custom_fields: _, ...snapshot } = ticket
      const moment = occurredAt === undefined ? {} : { occurred_at: occurredAt }
      return deliveryBody({ event, updated_at: stamp(), snapshot, ...moment })
    },
    ruleBody: (event = "ticket_update") =>
      ruleBody(event, "acme.freshdesk.com").replace("{{ticket.id}}", "42").replace("{{ticket.updated_at}}", stamp())
  }
}

describe("a change that two routes push", () => {
  const said = (handed: ReadonlyArray<WebhookEvent>) =>
    handed.map(({ changed, event }) => (event === "ticket_create" ? event : changed.join(", ")))

  it.each(["app", "rule"] as const)("is handed over once, the delivery by %s first", async (first) => {
    const { appBody, byApp, byRule, change, fetched, handed, receiver, ruleBody: thin, settled } = await desk()
    const both = async (event: string) => {
      const [app, rule] = [appBody(event), thin(event)]
      const sends = [() => byApp(app), () => byRule(rule)]
      for (const send of first === "app" ? sends : sends.reverse()) {
        expect(await send()).toBe(200)
        await settled()
      }
    }
    await both("ticket_create")
    change({ status: 4 }, "2026-03-02T10:05:00Z")
    await both("ticket_update")
    change({ status: 5, description: "more" }, "2026-03-02T10:06:00Z")
    await both("ticket_update")
    expect(said(handed)).toEqual(["ticket_create", "status", "description, status"])
    expect(receiver.inbox.list(10).reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(3)
    expect(fetched()).toBe(3)
    // All that either shows is known.
    expect(receiver.inbox.state("fd", "ticket", "42")).toMatchObject({
      snapshot: { status: 5, custom_fields: { cf_order: null } }
    })
  })
  it("is handed over once where both are there before the entity is fetched", async () => {
    const { appBody, byApp, byRule, change, handed, ruleBody: thin, settled } = await desk()
    await byApp(appBody("ticket_create"))
    await settled()
    change({ status: 4 }, "2026-03-02T10:05:00Z")
    await Promise.all([byRule(thin()), byApp(appBody()), byRule(thin())])
    await settled()
    expect(said(handed)).toEqual(["ticket_create", "status"])
  })
  it("brings what only one of them shows, once", async () => {
    const { appBody, byApp, byRule, change, handed, ruleBody: thin, settled } = await desk()
    await byRule(thin("ticket_create"))
    await settled()
    // The app fires for neither a custom field nor a tag.
    change({ custom_fields: { cf_order: "A-7" } }, "2026-03-02T10:05:00Z")
    await byRule(thin())
    await settled()
    change({ status: 4 }, "2026-03-02T10:06:00Z")
    await byApp(appBody())
    await byRule(thin())
    await settled()
    expect(said(handed)).toEqual(["ticket_create", "custom_fields.cf_order", "status"])
  })
  it("is handed over once where the next change overtakes it", async () => {
    const { appBody, byApp, byRule, change, handed, receiver, ruleBody: thin, settled } = await desk()
    await byApp(appBody("ticket_create"))
    await settled()
    change({ status: 3 }, "2026-03-02T10:05:00Z")
    const [appFirst, ruleFirst] = [appBody(), thin()]
    change({ status: 4 }, "2026-03-02T10:05:30Z")
    const [appSecond, ruleSecond] = [appBody(), thin()]
    // The rule's first delivery fetches what the second change made.
    for (const [send, body] of [
      [byRule, ruleFirst],
      [byApp, appSecond],
      [byApp, appFirst],
      [byRule, ruleSecond]
    ] as const) {
      expect(await send(body)).toBe(200)
      await settled()
    }
    // The fetch for the first change showed the second one's fields as well.
    expect(said(handed)).toEqual(["ticket_create", "status", ""])
    expect(handed.map(({ occurredAt }) => occurredAt?.slice(11, 19))).toEqual(["10:00:00", "10:05:00", "10:05:30"])
    expect(receiver.inbox.list(10).reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(2)
    expect(handed.at(-1)!.after).toMatchObject({ status: 4 })
  })
  it("is handed over once where its fetch shows a stamp that a reply has moved since", async () => {
    const { appBody, byApp, byRule, change, handed, ruleBody: thin, settled } = await desk()
    await byApp(appBody("ticket_create"))
    change({ status: 3 }, "2026-03-02T10:05:00Z")
    const [app, rule] = [appBody(), thin()]
    change({}, "2026-03-02T10:07:00Z")
    for (const send of [() => byApp(app), () => byRule(rule)]) {
      await send()
      await settled()
    }
    expect(said(handed)).toEqual(["ticket_create", "status"])
  })
  it("is two events where one route tells of two changes of one second", async () => {
    const { appBody, byApp, byRule, change, handed, ruleBody: thin, settled } = await desk()
    await byApp(appBody("ticket_create"))
    change({ status: 3 }, "2026-03-02T10:05:00Z")
    const first = appBody()
    change({ status: 4 }, "2026-03-02T10:05:00Z")
    const [second, rule] = [appBody(), thin()]
    change({ status: 5 }, "2026-03-02T10:06:00Z")
    for (const send of [() => byApp(appBody()), () => byApp(first), () => byApp(second), () => byRule(rule)]) {
      await send()
      await settled()
    }
    // Three by the app, two of them late, and none more by the rule.
    expect(handed.map(({ event, occurredAt }) => `${event} ${occurredAt?.slice(11, 19)}`)).toEqual([
      "ticket_create 10:00:00",
      "ticket_update 10:06:00",
      "ticket_update 10:05:00",
      "ticket_update 10:05:00"
    ])
  })
})

/** A clock that shows one moment; its spans are real. */
const stoppedAt = (moment: string): Timekeeper => {
  const now = Date.parse(moment)
  return { now: () => now, at: (at, run, inert) => realTime.at(realTime.now() + at - now, run, inert) }
}

describe("two changes of one second that two routes push", () => {
  const second = "2026-03-02T10:05:00Z"
  const at = (ms: number) => Date.parse(second) + ms
  const states = (handed: ReadonlyArray<WebhookEvent>) => handed.map(({ after }) => after?.["status"])

  /** The app's deliveries of both changes, and the rule's. The account shows the second one at the end. */
  const twoChanges = async (now: string) => {
    const running = await desk({ time: stoppedAt(now) })
    const { appBody, byApp, byRule, change, ruleBody: thin, settled } = running
    await byApp(appBody("ticket_create"))
    await byRule(thin("ticket_create"))
    await settled()
    change({ status: 3 }, second)
    const [first, rule] = [appBody("ticket_update", at(61)), thin()]
    change({ status: 4 }, second)
    const send = async (...sends: ReadonlyArray<() => Promise<number>>) => {
      for (const one of sends) {
        expect(await one()).toBe(200)
        await settled()
      }
    }
    return { ...running, first, second: appBody("ticket_update", at(68)), rule, send }
  }

  it("are told by the app alone where the rule's fetch shows an earlier moment", async () => {
    const {
      byApp,
      byRule,
      change,
      first,
      handed,
      receiver,
      rule,
      second: last,
      send
    } = await twoChanges("2026-03-02T10:05:02Z")
    // A read lags behind.
    change({ status: 3 }, second)
    await send(
      () => byApp(first),
      () => byApp(last),
      () => byRule(rule)
    )
    expect(states(handed).slice(1)).toEqual([3, 4])
    expect(receiver.inbox.state("fd", "ticket", "42")).toMatchObject({ snapshot: { status: 4 } })
  })
  it("leave room for a field that only the rule's fetch shows", async () => {
    const { byApp, byRule, change, first, handed, rule, second: last, send } = await twoChanges("2026-03-02T10:05:02Z")
    change({ custom_fields: { cf_order: "A-7" } }, second)
    await send(
      () => byApp(first),
      () => byApp(last),
      () => byRule(rule)
    )
    expect(handed.slice(1).map(({ changed }) => changed.join())).toEqual(["status", "status", "custom_fields.cf_order"])
  })
  it.each([
    ["was made once all of the second could be read", "2026-03-02T10:05:30Z", null],
    ["shows a later second", "2026-03-02T10:05:02Z", "2026-03-02T10:05:01Z"]
  ])("are one event where the rule's fetch is first and %s", async (_, now, later) => {
    const { byApp, byRule, change, first, handed, receiver, rule, second: last, send } = await twoChanges(now)
    if (later !== null) change({ priority: 2 }, later)
    await send(
      () => byRule(rule),
      () => byApp(first),
      () => byApp(last)
    )
    expect(states(handed).slice(1)).toEqual([4])
    expect(receiver.inbox.state("fd", "ticket", "42")).toMatchObject({ snapshot: { status: 4 } })
    // Two of the second, and the rule's creation.
    expect(receiver.inbox.list(10).reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(3)
  })
  it("are all told where the fetch came too early to show the order", async () => {
    const {
      byApp,
      byRule,
      first,
      handed,
      receiver,
      rule,
      second: last,
      send
    } = await twoChanges("2026-03-02T10:05:02Z")
    await send(
      () => byRule(rule),
      () => byApp(first),
      () => byApp(last)
    )
    expect(states(handed).slice(1)).toEqual([4, 3, 4])
    expect(receiver.inbox.state("fd", "ticket", "42")).toMatchObject({ snapshot: { status: 4 } })
  })
  it("keep the later state where the app's creation comes behind a fetch that shows the change after it", async () => {
    const {
      appBody,
      byApp,
      byRule,
      change,
      handed,
      receiver,
      ruleBody: thin,
      settled
    } = await desk({
      time: stoppedAt("2026-03-02T10:00:02Z")
    })
    const [created, rule] = [appBody("ticket_create"), thin("ticket_create")]
    change({ status: 3 }, "2026-03-02T10:00:00Z")
    for (const send of [() => byRule(rule), () => byApp(created)]) {
      expect(await send()).toBe(200)
      await settled()
    }
    expect(states(handed)).toEqual([3])
    expect(receiver.inbox.state("fd", "ticket", "42")).toMatchObject({ snapshot: { status: 3 } })
  })
})

it("a subscription is verified by a delivery of its own route", async () => {
  const db = join(temporaryFolder(), "r.db")
  const inStore = <A>(work: (store: Effect.Effect.Success<typeof Store>) => Effect.Effect<A, unknown>) =>
    Effect.runPromise(Effect.flatMap(Store, work).pipe(Effect.provide(Store.layer(db))))
  const row = (route: string, event = "ticket_update"): SubscriptionRow => ({
    source: "fd",
    route,
    event,
    product: "freshdesk",
    account: "acme.freshdesk.com",
    remoteId: null,
    state: "waiting",
    fields: "{}",
    appliedAt: 1,
    verifiedAt: null
  })
  await inStore((store) => Effect.forEach([row("app"), row("ui")], store.saveSubscription))
  const { byApp, byRule, settled } = await receiving(
    { ...bothRoutes, further: [{ ...bothRoutes.further![0]!, route: "ui" }] },
    { db }
  )
  const active = () =>
    inStore((store) =>
      Effect.map(store.subscriptions, (rows) => rows.flatMap((one) => (one.verifiedAt === null ? [] : one.route)))
    )
  await byApp(deliveryBody())
  await settled()
  expect(await active()).toEqual(["app"])
  await byRule(deliveryBody({ updated_at: "2026-03-02T10:00:09Z" }))
  await settled()
  expect(await active()).toEqual(["app", "ui"])
  // Removed and applied by another process while the receiver runs.
  await inStore((store) =>
    Effect.forEach([row("app"), row("ui")], (one) =>
      Effect.zipRight(store.removeSubscription(one.source, one.route, one.event), store.saveSubscription(one))
    )
  )
  expect(await active()).toEqual([])
  expect(await byApp(deliveryBody({ updated_at: "2026-03-02T10:00:20Z" }))).toBe(200)
  await settled()
  expect(await active()).toEqual(["app"])
})

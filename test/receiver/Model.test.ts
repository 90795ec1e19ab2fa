/**
 * The receiver against a model of the provider: deliveries lost, doubled, swapped, delayed; the receiver down and
 * started again; a secret rotated in between; a handler that fails. After reconciliation the state equals the
 * provider's, each event was handed over, and in order. Stateful, random, shrinking: `MODEL_SEEDS=1000` for the whole
 * campaign, a share here.
 */
import { join } from "node:path"
import fc from "fast-check"
import { expect, it } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { createReceiver, type Receiver, signBody } from "../../src/receiver/index.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

type Step =
  | {
      readonly do: "change"
      readonly id: number
      readonly sameSecond: boolean
      readonly fate: "arrives" | "lost" | "twice" | "later"
    }
  | { readonly do: "delete"; readonly id: number; readonly fate: "arrives" | "lost" | "later" }
  | { readonly do: "arrive" }
  | { readonly do: "restart" }
  | { readonly do: "rotate" }
  | { readonly do: "fail"; readonly times: number }

const id = fc.integer({ min: 1, max: 2 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("change" as const),
      id,
      sameSecond: fc.boolean(),
      fate: fc.constantFrom("arrives", "arrives", "lost", "twice", "later", "later")
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("delete" as const), id, fate: fc.constantFrom("arrives", "lost", "later") })
  },
  { weight: 3, arbitrary: fc.constant({ do: "arrive" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "rotate" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const), times: fc.integer({ min: 1, max: 3 }) }) }
) as fc.Arbitrary<Step>

interface Entity {
  readonly version: number
  readonly at: number
  readonly deleted: boolean
}

const start = Date.UTC(2026, 2, 2)
const stamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

const scenario = async (steps: ReadonlyArray<Step>): Promise<void> => {
  const db = join(temporaryFolder(), "m.db")
  const provider = new Map<number, Entity>()
  const handed: Array<WebhookEvent> = []
  const waiting: Array<{ readonly body: string; readonly secret: string }> = []
  let secrets = ["secret-0"]
  let failures = 0
  let clock = start
  let receiver: Receiver | null = null
  const running = async (): Promise<Receiver> => {
    receiver ??= await createReceiver({
      db,
      listen: null,
      sources: { fd: { profile: "freshworks", secrets } },
      retrySeconds: Array.from({ length: 20 }, () => 0.005),
      onEvent: (event) => {
        if (failures > 0 && failures-- > 0) throw new Error("not now")
        handed.push(event)
      }
    })
    return receiver
  }
  const stop = async (): Promise<void> => {
    await receiver?.close()
    receiver = null
  }
  const deliver = async ({ body, secret }: { readonly body: string; readonly secret: string }): Promise<number> => {
    const bytes = Buffer.from(body)
    const head = {
      method: "POST",
      source: "fd",
      headers: { "x-freshworks-signature": signBody(bytes, secret) },
      remoteAddress: ""
    }
    const { intake } = await running()
    return new Promise((resolve) => intake.deliver(head, bytes, ({ status }) => resolve(status)))
  }
  const bodyOf = (number: number, { at, deleted, version }: Entity): string =>
    JSON.stringify({
      event: deleted ? "ticket_delete" : version === 1 ? "ticket_create" : "ticket_update",
      entity: "ticket",
      id: number,
      updated_at: stamp(at),
      occurred_at: at,
      // There and back again: a later change may leave the entity as it was two changes ago.
      snapshot: { id: number, status: version % 2 }
    })
  /** Each distinct event that the receiver has acknowledged. */
  const acknowledged = new Set<string>()
  const send = async (push: { readonly body: string; readonly secret: string }): Promise<void> => {
    expect(await deliver(push)).toBe(200)
    // Two changes of one second that leave the same are one, as nothing tells them apart.
    const { event, id: number, snapshot, updated_at } = JSON.parse(push.body)
    acknowledged.add(JSON.stringify([event, number, snapshot, updated_at]))
  }

  for (const one of steps) {
    if (one.do === "change" || one.do === "delete") {
      const known = provider.get(one.id)
      if (one.do === "delete" && (known === undefined || known.deleted)) continue
      if (one.do === "change" && known?.deleted === true) continue
      clock += one.do === "change" && one.sameSecond ? 7 : 1_000
      const entity = { version: (known?.version ?? 0) + 1, at: clock, deleted: one.do === "delete" }
      provider.set(one.id, entity)
      const push = { body: bodyOf(one.id, entity), secret: secrets[0]! }
      if (one.fate === "later") waiting.push(push)
      else if (one.fate !== "lost") await send(push)
      if (one.fate === "twice") await send(push)
    } else if (one.do === "arrive") {
      // The last one first: swapped as well as late.
      const push = waiting.pop()
      if (push !== undefined && secrets.includes(push.secret)) await send(push)
    } else if (one.do === "restart") await stop()
    else if (one.do === "rotate") {
      secrets = [`secret-${steps.indexOf(one)}-${clock}`, secrets[0]!]
      if (receiver !== null) await (receiver as Receiver).reload({ fd: { profile: "freshworks", secrets } })
    } else failures = one.times
  }

  // Reconciliation: what the provider has and the receiver has not becomes an event of its own.
  failures = 0
  const last = await running()
  for (const [number, entity] of provider) {
    const state = last.inbox.state("fd", "ticket", String(number))
    const second = Date.parse(stamp(entity.at))
    const behind =
      state === null ||
      state.deleted !== entity.deleted ||
      (state.updatedAt ?? 0) < second ||
      state.snapshot["status"] !== entity.version % 2
    if (!behind) continue
    await last.put("fd", {
      event: entity.deleted ? "ticket_delete" : "ticket_update",
      entity: "ticket",
      entityId: String(number),
      updatedAt: second,
      account: null,
      actor: null,
      snapshot: {
        id: number,
        status: entity.version % 2,
        ...(entity.deleted ? { deleted: true } : {})
      }
    })
  }
  const settled = () => {
    const { dead, stored } = last.inbox.counts()
    return stored === 0 && dead === 0
  }
  await until(settled)

  for (const [number, entity] of provider) {
    const state = last.inbox.state("fd", "ticket", String(number))
    expect([number, state?.deleted, state?.updatedAt, entity.deleted || state?.snapshot["status"]]).toEqual([
      number,
      entity.deleted,
      Date.parse(stamp(entity.at)),
      entity.deleted || entity.version % 2
    ])
  }
  // Each once as far as its key tells: a retry has the id of the first try.
  const byKey = new Map(handed.map((event) => [event.id, event]))
  const webhooks = [...byKey.values()].filter(({ origin }) => origin === "webhook")
  expect(webhooks).toHaveLength(acknowledged.size)
  // Per entity the state only ever moves on, and what an event had before is what the one ahead of it left.
  for (const number of provider.keys()) {
    const events = [...byKey.values()].filter(({ entityId, late }) => entityId === String(number) && !late)
    events.reduce<WebhookEvent | null>((ahead, event) => {
      if (ahead !== null) {
        expect(event.before).toEqual(ahead.after)
        expect(Date.parse(event.occurredAt!)).toBeGreaterThanOrEqual(Date.parse(ahead.occurredAt!))
      }
      return event
    }, null)
  }
  await stop()
}

it("ends with the provider's state, every acknowledged event handed over, in order", {
  timeout: 3_600_000
}, async () => {
  const numRuns = Number(process.env["MODEL_SEEDS"] ?? 40)
  const seed = Number(process.env["MODEL_SEED"] ?? 20_261_124)
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 70 }), scenario), { numRuns, seed })
})

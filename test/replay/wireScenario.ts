/** Random small days of a Freshdesk account that both drivers can play: a script for the stand-in, pollers, faults. */
import type { SimulatedAccount } from "../../src/demo/SimulatedAccounts.js"
import type { AccountScript } from "../../src/domain/AccountScript.js"
import { eventsOf, freshdesk, type Route } from "../../src/providers/index.js"
import { type Draw, drawsOf, type PollerSpec } from "../../src/replay/index.js"

/** What the program `test/accuracy/programs/poller.mjs` is told, and the same for the model. */
export interface WirePoller {
  readonly name: string
  readonly program: Readonly<Record<string, unknown>>
  readonly spec: PollerSpec
}

export interface WireScenario {
  readonly seed: number
  readonly account: SimulatedAccount
  readonly script: AccountScript
  readonly from: number
  readonly to: number
  readonly entities: ReadonlyArray<string>
  readonly route: Route
  readonly events: ReadonlyArray<string>
  readonly pollers: ReadonlyArray<WirePoller>
  readonly reconcileSeconds: number
  readonly faults: {
    readonly drop: number
    readonly duplicate: number
    readonly reorder: number
    readonly delay: number
    readonly outageSeconds: number
    readonly outageAfterSeconds: number
  }
}

const start = Date.parse("2026-03-02T08:00:00Z")
const minute = 60_000

interface ScriptChange {
  readonly at: number
  readonly entity: string
  readonly id: number
  readonly action: "create" | "update" | "delete"
  readonly fields: Readonly<Record<string, unknown>>
}

const kinds = [
  { entity: "ticket", first: 1, pushed: "priority", silent: "tags" },
  { entity: "contact", first: 1_000, pushed: "job_title", silent: "custom_fields" },
  { entity: "company", first: 2_000, pushed: "note", silent: "custom_fields" }
] as const

const scriptOf = (draw: Draw, hours: number): AccountScript => {
  const whole = (low: number, high: number) => low + Math.floor(draw() * (high - low + 1))
  const one = <A>(values: ReadonlyArray<A>): A => values[Math.floor(draw() * values.length)]!
  const alive = new Map<string, Array<number>>()
  const next = new Map<string, number>()
  const entities = kinds.flatMap(({ entity, first }) =>
    Array.from({ length: whole(2, entity === "ticket" ? 130 : 12) }, (_, at) => {
      const id = first + at
      alive.set(entity, [...(alive.get(entity) ?? []), id])
      next.set(entity, id + 1)
      return {
        entity,
        id,
        at: start - whole(90, 20_000) * minute,
        fields: { name: `${entity} ${id}`, custom_fields: { cf_tier: null } }
      }
    })
  )
  const changes: Array<ScriptChange> = []
  let replies = 5_000
  for (
    let at = start + whole(0, 5 * minute);
    at < start + hours * 60 * minute;
    at += whole(1_100, one([2, 8, 20]) * minute)
  ) {
    const { entity, pushed, silent } = draw() < 0.6 ? kinds[0] : one(kinds)
    const dice = draw()
    const living = alive.get(entity)!
    if (dice < 0.12) {
      const id = next.get(entity)!
      next.set(entity, id + 1)
      living.push(id)
      changes.push({
        at,
        entity,
        id,
        action: "create",
        fields: { name: `${entity} ${id}`, custom_fields: { cf_tier: null } }
      })
    } else if (dice < 0.3 && entity === "ticket" && living.length > 0) {
      changes.push({ at, entity: "conversation", id: replies++, action: "create", fields: { ticket_id: one(living) } })
    } else if (living.length > 1) {
      const id = one(living)
      if (dice > 0.95) {
        alive.set(
          entity,
          living.filter((other) => other !== id)
        )
        changes.push({ at, entity, id, action: "delete", fields: {} })
        continue
      }
      const value = `changed ${at}`
      const fields = draw() < 0.7 ? { [pushed]: value } : { [silent]: silent === "tags" ? [value] : { cf_tier: value } }
      changes.push({ at, entity, id, action: "update", fields })
      // Now and then twice within a second.
      if (draw() < 0.1)
        changes.push({ at: at + 7, entity, id, action: "update", fields: { [pushed]: `${value} again` } })
    }
  }
  return { entities, changes }
}

const basic = `Basic ${Buffer.from("key:X").toString("base64")}`

export const wireScenario = (seed: number): WireScenario => {
  const draw = drawsOf(seed, 0, "wire scenario")("all")
  const yes = (chance: number) => draw() < chance
  const whole = (low: number, high: number) => low + Math.floor(draw() * (high - low + 1))
  const one = <A>(values: ReadonlyArray<A>): A => values[Math.floor(draw() * values.length)]!
  const hours = whole(1, 4)
  const everything = scriptOf(draw, hours)
  const lists = [
    { entity: "ticket", list: "/api/v2/tickets", filter: "updated_since", detail: yes(0.5) },
    { entity: "contact", list: "/api/v2/contacts", filter: yes(0.5) ? "_updated_since" : null, detail: false },
    { entity: "company", list: "/api/v2/companies", filter: null, detail: false }
  ].filter(({ entity }) => entity === "ticket" || yes(0.6))
  const wanted = [...lists.map(({ entity }) => entity), ...(lists[0]!.detail ? ["conversation"] : [])]
  // Only what somebody looks at changes: each change draws its read lag from the one stream.
  const script: AccountScript = {
    ...everything,
    changes: everything.changes.filter(({ entity }) => wanted.includes(entity))
  }
  const route: Route = "app"
  const pollers = lists.map(({ detail, entity, filter, list }): WirePoller => {
    const every = whole(40, 900)
    return {
      name: `poller of ${entity}`,
      program: {
        authorization: basic,
        every,
        items: "",
        list,
        perPage: "per_page=100",
        ...(filter === null ? { mode: "all" } : { mode: "since", filter, stamp: "seconds" }),
        ...(detail ? { detail: "/api/v2/tickets/{id}/conversations" } : {})
      },
      spec: {
        name: `poller of ${entity}`,
        type: -1,
        mode: filter === null ? "whole" : "since",
        everyMs: every * 1_000,
        jitterMs: 0,
        phaseMs: 0,
        perPage: 100,
        endsShort: true,
        pages: 0,
        overlapMs: minute,
        detailCalls: 0,
        readsChildren: detail,
        walkCalls: 0,
        replaced: true,
        adaptiveUpToMs: 0
      }
    }
  })
  return {
    seed,
    account: {
      product: "freshdesk",
      account: "acme.freshdesk.com",
      plan: "forest",
      entities: 1,
      changesPerHour: 0,
      script,
      instant: true
    },
    script,
    from: start,
    to: start + hours * 60 * minute,
    entities: wanted,
    route,
    events: wanted.flatMap((entity) => eventsOf(freshdesk, route, entity)),
    pollers,
    reconcileSeconds: one([300, 900, 1_800, 3_600]),
    faults: {
      drop: yes(0.5) ? draw() * 0.4 : 0,
      duplicate: yes(0.5) ? draw() * 0.4 : 0,
      reorder: yes(0.5) ? draw() * 0.6 : 0,
      delay: yes(0.4) ? draw() * 0.3 : 0,
      outageSeconds: yes(0.4) ? whole(120, 3_000) : 0,
      outageAfterSeconds: whole(60, 3_000)
    }
  }
}

/**
 * A Freshdesk account that lives: tickets, contacts, companies, agents and conversations, and a seeded process that
 * changes them with the rhythm of a working day. Every change moves `updated_at` (whole seconds) and enters the truth.
 */
import type { Action } from "../domain/Event.js"
import { type EpochMillis, type Timekeeper, toWholeSecondIso } from "../domain/Time.js"
import type { Entity, EntityName } from "./Entity.js"
import {
  blank,
  newAgent,
  newCompany,
  newContact,
  newConversation,
  newTicket,
  phone,
  ticketTypes,
  withDueTimes
} from "./NewEntities.js"
import { type RandomStream, randomStream } from "./Randomness.js"

export interface Change {
  readonly at: EpochMillis
  readonly product: "freshdesk"
  readonly entity: EntityName
  readonly id: number
  readonly action: Action
  readonly updatedAt: string
  /** The fields that changed; empty when only `updated_at` moved, as a reply does to its ticket. */
  readonly fields: ReadonlyArray<string>
  readonly before: Entity | null
  readonly after: Entity
}

interface Held {
  current: Entity
  /** What reads show until `visibleAt`: a read right after a write may not show it yet. */
  previous: Entity | null
  visibleAt: EpochMillis
}

export interface WorldScript {
  readonly entities: ReadonlyArray<{
    readonly entity: EntityName
    readonly id: number
    readonly at: EpochMillis
    readonly fields: Readonly<Record<string, unknown>>
  }>
  readonly changes: ReadonlyArray<{
    readonly at: EpochMillis
    readonly entity: EntityName
    readonly id: number
    readonly action: Action
    readonly fields: Readonly<Record<string, unknown>>
  }>
}

export interface WorldOptions {
  readonly seed: number
  readonly entities: number
  readonly changesPerHour: number
  readonly time: Timekeeper
  /** No changes by themselves from this moment on. */
  readonly changesUntil?: EpochMillis
  /** A world that is given instead of drawn: what there is at the start, and what changes when. */
  readonly script?: WorldScript
  /** Upper bound of the read-after-write lag, in milliseconds. */
  readonly readLagMs?: number
}

export interface World {
  readonly truth: ReadonlyArray<Change>
  /** Entities as reads see them now. */
  readonly readable: (entity: EntityName) => Array<Entity>
  readonly read: (entity: EntityName, id: number) => Entity | null
  readonly conversationsOf: (ticket: number) => Array<Entity>
  readonly change: (
    entity: EntityName,
    action: Action,
    id: number | null,
    fields: Readonly<Record<string, unknown>>
  ) => Entity | null
  readonly onChange: (listener: (change: Change) => void) => void
  readonly stop: () => void
}

const day = 86_400_000

/** Activity by hour of the day (UTC), relative to the day's mean: quiet nights, a dip at noon. */
const rhythm = [
  0.2, 0.15, 0.15, 0.15, 0.2, 0.35, 0.6, 1.0, 1.7, 2.1, 2.2, 1.9, 1.4, 1.7, 2.1, 2.0, 1.7, 1.3, 0.9, 0.7, 0.5, 0.4, 0.3,
  0.3
]
const busiest = Math.max(...rhythm)

const tags = ["vip", "refund", "bug", "billing", "escalate", "feedback", "shipping"]
const regions = ["emea", "apac", "amer"]

export const makeWorld = (options: WorldOptions): World => {
  const { seed, time } = options
  const readLag = options.readLagMs ?? 800
  const held: Record<EntityName, Map<number, Held>> = {
    ticket: new Map(),
    contact: new Map(),
    company: new Map(),
    agent: new Map(),
    conversation: new Map(),
    group: new Map()
  }
  const byTicket = new Map<number, Array<number>>()
  const truth: Array<Change> = []
  const listeners: Array<(change: Change) => void> = []
  const draw = randomStream(seed, "changes")
  const lagDraw = randomStream(seed, "read lag")
  const nextIds: Record<EntityName, number> = {
    ticket: 1,
    contact: 1001,
    company: 501,
    agent: 101,
    conversation: 10_001,
    group: 51
  }

  const keys = (entity: EntityName): Array<number> => [...held[entity].keys()]
  const any = (entity: EntityName, random: RandomStream): number => random.pick(keys(entity))

  const put = (entity: EntityName, record: Entity, visibleAt: EpochMillis): void => {
    held[entity].set(record.id, { current: record, previous: held[entity].get(record.id)?.current ?? null, visibleAt })
    if (entity === "conversation") {
      const ticket = record["ticket_id"] as number
      const known = byTicket.get(ticket)
      if (known === undefined) byTicket.set(ticket, [record.id])
      else if (!known.includes(record.id)) known.push(record.id)
    }
  }

  const populate = (): void => {
    const random = randomStream(seed, "population")
    const born = time.now()
    const share = (part: number) => Math.max(2, Math.round(options.entities * part))
    const stamp = (youngest: number, oldest: number) => {
      const created = born - youngest - random.next() * (oldest - youngest)
      const updated = created + random.next() * (born - 60_000 - created)
      return { created_at: toWholeSecondIso(created), updated_at: toWholeSecondIso(updated) }
    }
    const add = (entity: EntityName, fields: Record<string, unknown>, youngest: number, oldest: number) =>
      put(entity, withDueTimes(entity, { ...fields, id: nextIds[entity]++, ...stamp(youngest, oldest) } as Entity), 0)
    for (let n = 0; n < 4; n++) add("group", { name: `Group ${n + 1}`, agent_ids: [] }, 100 * day, 300 * day)
    for (let n = 0; n < share(0.02); n++) add("agent", newAgent(n), 100 * day, 300 * day)
    for (let n = 0; n < share(0.08); n++) add("company", newCompany(n), 40 * day, 200 * day)
    for (let n = 0; n < share(0.45); n++)
      add("contact", newContact(random, n, any("company", random)), 31 * day, 200 * day)
    for (let n = 0; n < share(0.45); n++) {
      add(
        "ticket",
        newTicket(random, n, any("contact", random), any("agent", random), any("group", random)),
        day / 24,
        40 * day
      )
    }
    for (const ticket of keys("ticket")) {
      for (let n = random.below(3); n > 0; n--)
        add("conversation", newConversation(random, ticket, any("contact", random)), day / 24, 20 * day)
    }
  }

  const commit = (
    entity: EntityName,
    action: Action,
    before: Entity | null,
    after: Entity,
    fields: ReadonlyArray<string>
  ): Entity => {
    const at = time.now()
    const stamped = { ...after, updated_at: toWholeSecondIso(at) }
    put(entity, stamped, at + lagDraw.next() * readLag)
    const change: Change = {
      at,
      product: "freshdesk",
      entity,
      id: after.id,
      action,
      updatedAt: stamped.updated_at,
      fields,
      before,
      after: stamped
    }
    truth.push(change)
    for (const listener of listeners) listener(change)
    return stamped
  }

  const change: World["change"] = (entity, action, id, fields) => {
    if (action === "create") {
      const now = toWholeSecondIso(time.now())
      const made = {
        ...blank(entity),
        ...fields,
        id: id ?? nextIds[entity]++,
        created_at: now,
        updated_at: now
      } as Entity
      nextIds[entity] = Math.max(nextIds[entity], made.id + 1)
      const created = commit(entity, "create", null, withDueTimes(entity, made), [])
      // A reply or a note moves its ticket's stamp, and nothing else of it.
      const ticket = entity === "conversation" ? held.ticket.get(made["ticket_id"] as number)?.current : undefined
      if (ticket !== undefined) commit("ticket", "update", ticket, ticket, [])
      return created
    }
    const before = id === null ? undefined : held[entity].get(id)?.current
    if (before === undefined || before["deleted"] === true) return null
    if (action === "delete") return commit(entity, "delete", before, { ...before, deleted: true }, ["deleted"])
    const merged: Entity = { ...before, ...fields }
    const names = Object.keys(fields).filter((name) => name !== "custom_fields")
    if (typeof fields["custom_fields"] === "object" && fields["custom_fields"] !== null) {
      merged["custom_fields"] = { ...(before["custom_fields"] as object), ...fields["custom_fields"] }
      names.push(...Object.keys(fields["custom_fields"]).map((name) => `custom_fields.${name}`))
    }
    return commit(entity, "update", before, merged, names)
  }

  const live = (entity: EntityName): number | null => {
    const alive = keys(entity).filter((id) => held[entity].get(id)!.current["deleted"] !== true)
    return alive.length === 0 ? null : draw.pick(alive)
  }
  /** Mostly what is young: people work on new tickets. */
  const liveTicket = (): number | null => {
    const alive = keys("ticket").filter((id) => held.ticket.get(id)!.current["deleted"] !== true)
    if (alive.length === 0) return null
    return alive[alive.length - 1 - Math.floor(draw.next() ** 2 * alive.length)]!
  }

  const changes: ReadonlyArray<readonly [weight: number, make: () => void]> = [
    [
      14,
      () => {
        const fields = newTicket(draw, nextIds.ticket, any("contact", draw), null, any("group", draw))
        change("ticket", "create", null, fields)
      }
    ],
    [14, () => change("ticket", "update", liveTicket(), { status: draw.pick([2, 3, 4, 5]) })],
    [
      8,
      () => change("ticket", "update", liveTicket(), { responder_id: any("agent", draw), group_id: any("group", draw) })
    ],
    [6, () => change("ticket", "update", liveTicket(), { priority: 1 + draw.below(4) })],
    [3, () => change("ticket", "update", liveTicket(), { type: draw.pick(ticketTypes) })],
    [6, () => change("ticket", "update", liveTicket(), { tags: [draw.pick(tags), `case-${draw.below(1000)}`] })],
    [
      6,
      () =>
        change("ticket", "update", liveTicket(), {
          custom_fields: { cf_region: draw.pick(regions), cf_order: `A-${draw.below(99_999)}` }
        })
    ],
    [
      26,
      () => {
        const ticket = liveTicket()
        if (ticket !== null) change("conversation", "create", null, newConversation(draw, ticket, any("contact", draw)))
      }
    ],
    [
      7,
      () =>
        change(
          "contact",
          "update",
          live("contact"),
          draw.next() < 0.5 ? { phone: phone(draw) } : { job_title: `Role ${draw.below(500)}` }
        )
    ],
    [2, () => change("contact", "update", live("contact"), { custom_fields: { cf_tier: `tier-${draw.below(100)}` } })],
    [3, () => change("contact", "create", null, newContact(draw, nextIds.contact, any("company", draw)))],
    [2, () => change("company", "update", live("company"), { note: `Note ${draw.below(10_000)}` })],
    [1, () => change("ticket", "update", liveTicket(), { spam: true })],
    [1, () => change("ticket", "delete", liveTicket(), {})]
  ]
  const totalWeight = changes.reduce((sum, [weight]) => sum + weight, 0)

  let cancel = (): void => undefined
  const scheduleNext = (from: EpochMillis): void => {
    if (options.changesPerHour <= 0) return
    // Thinning: draw at the busiest rate, keep with the hour's share of it.
    let at = from
    do at += draw.exponential(3_600_000 / (options.changesPerHour * busiest))
    while (draw.next() > rhythm[new Date(at).getUTCHours()]! / busiest)
    if (options.changesUntil !== undefined && at >= options.changesUntil) return
    cancel = time.at(
      at,
      () => {
        let left = draw.next() * totalWeight
        for (const [weight, make] of changes) {
          left -= weight
          if (left < 0) {
            make()
            break
          }
        }
        scheduleNext(at)
      },
      true
    )
  }

  const follow = (script: WorldScript): void => {
    for (const { at, entity, fields, id } of script.entities) {
      put(
        entity,
        withDueTimes(entity, {
          ...blank(entity),
          ...fields,
          id,
          created_at: toWholeSecondIso(at),
          updated_at: toWholeSecondIso(at)
        } as Entity),
        0
      )
      nextIds[entity] = Math.max(nextIds[entity], id + 1)
    }
    for (const { action, at, entity, fields, id } of script.changes)
      time.at(at, () => void change(entity, action, id, fields), true)
  }

  if (options.script === undefined) {
    populate()
    scheduleNext(time.now())
  } else follow(options.script)

  const visible = (entry: Held): Entity | null => (time.now() >= entry.visibleAt ? entry.current : entry.previous)

  return {
    truth,
    readable: (entity) => [...held[entity].values()].map(visible).filter((record) => record !== null),
    read: (entity, id) => {
      const entry = held[entity].get(id)
      return entry === undefined ? null : visible(entry)
    },
    conversationsOf: (ticket) =>
      (byTicket.get(ticket) ?? []).map((id) => visible(held.conversation.get(id)!)).filter((record) => record !== null),
    change,
    onChange: (listener) => {
      listeners.push(listener)
    },
    stop: () => cancel()
  }
}

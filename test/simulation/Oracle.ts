/**
 * Holds the evidence of a simulated day against the truth of the account. It knows what a receiver promises, and nothing of how it
 * keeps it: nothing acknowledged is lost, nothing is handed over twice or out of order, the state ends as the account does.
 */
import { canonicalJson } from "../../src/domain/CanonicalJson.js"
import type { Snapshot } from "../../src/domain/Event.js"
import { isRecord } from "../../src/domain/Json.js"
import { parseTimestamp } from "../../src/domain/Time.js"
import { fetchAgainAfterMs } from "../../src/policy/index.js"
import { deletionsShow } from "../../src/providers/index.js"
import type { Inbox } from "../../src/receiver/index.js"
import { checkHistory, type HistoryLine } from "../../src/replay/index.js"
import type { World } from "../../src/simulator/World.js"
import type { Day } from "./Day.js"
import type { Evidence } from "./Evidence.js"
import { source } from "./Life.js"

export const wrongWith = (day: Day, world: World, evidence: Evidence, inbox: Inbox): ReadonlyArray<string> => [
  ...evidence.faults.map((message) => `fault: ${message}`),
  ...historyOf(inbox),
  ...acknowledgements(evidence, inbox),
  ...orderOf(evidence),
  ...tellings(world, evidence),
  ...deletions(world, evidence),
  ...snapshots(day, world, evidence),
  ...fetches(evidence),
  ...states(day, world, inbox)
]

/** Every stored event moved the state once and was handed over, and none is dead or in quarantine. */
const historyOf = (inbox: Inbox): ReadonlyArray<string> => {
  const lines: Array<HistoryLine> = [...inbox.history()].map((line) =>
    line.k === "begin" ? { ...line, settled: true } : line
  )
  if (lines.length === 0) return []
  const { dead, quarantined } = inbox.counts()
  return [
    ...checkHistory(lines).map(({ message, rule }) => `${rule}: ${message}`),
    ...(dead + quarantined > 0 ? [`aside: ${dead} dead, ${quarantined} in quarantine`] : [])
  ]
}

/** A 200 means that the delivery is in the inbox; "duplicate", that it was sent, or its version found by a sweep, before. */
const acknowledgements = ({ posted }: Evidence, inbox: Inbox): ReadonlyArray<string> => {
  // A delivery whose change another one has told of is a row as well, and stands in no list.
  const rows = new Set<string>()
  const found = new Set<string>()
  for (const line of inbox.history()) {
    if (line.k !== "stored") continue
    const name = `${line.entity} ${line.id} ${line.updatedAt}`
    rows.add(name)
    if (line.origin === "reconciliation") found.add(name)
  }
  const sent = new Set<string>()
  const wrong: Array<string> = []
  for (const { entity, event, id, snapshot, status, told, updatedAt } of posted) {
    const name = `${entity} ${id} ${updatedAt}`
    // Two routes may tell of one version, each in a shape of its own. A second change that leaves the entity as it was is
    // told apart by its moment alone.
    const content = canonicalJson([event, name, snapshot])
    if (status === 200 && !rows.has(name)) wrong.push(`acknowledged: ${name} was answered 200 and is not in the inbox`)
    if (told === "duplicate" && !sent.has(content) && !found.has(name))
      wrong.push(`duplicate: ${name} was never sent before, nor found by a sweep`)
    sent.add(content)
  }
  return wrong
}

/** An entity's events are handed over in the order of their versions, those apart that came late. */
const orderOf = ({ handed }: Evidence): ReadonlyArray<string> => {
  const newest = new Map<string, number>()
  const taken = new Set<string>()
  return handed.flatMap(({ entity, entityId, id, late, occurredAt }) => {
    const at = parseTimestamp(occurredAt)
    if (taken.has(id) || late || at === null) return []
    taken.add(id)
    const key = `${entity} ${entityId}`
    const known = newest.get(key) ?? at
    newest.set(key, Math.max(known, at))
    return at < known ? [`order: ${key} was handed over as of ${occurredAt} behind a newer version`] : []
  })
}

/**
 * One change is handed over as one event. Of changes within one second a list, or a fetch that came too early to show
 * their order, may show the last before a push tells of the one before it: the last is then handed over again, behind it.
 */
const tellings = (world: World, { handed }: Evidence): ReadonlyArray<string> => {
  const first = new Map<string, string>()
  const shown = new Map<string, string>()
  return handed.flatMap(({ after, entity, entityId, event, id, late, occurredAt }) => {
    if (late) return []
    const version = `${entity} ${entityId} at ${occurredAt}`
    const content = JSON.stringify(after)
    const change = `${event} of ${version} ${content}`
    const by = first.get(change)
    const shownLast = shown.get(version)
    if (by === undefined) first.set(change, id)
    shown.set(version, content)
    if (by === undefined || by === id) return []
    const restores = shownLast !== content && isLastOfSecond(world, entity, entityId, occurredAt, after)
    return restores ? [] : [`twice: ${event} of ${version}`]
  })
}

/** Whether there were several changes within this second, and this content is the last one's. */
const isLastOfSecond = (
  world: World,
  entity: string,
  id: string,
  occurredAt: string | null,
  after: Snapshot | null
): boolean => {
  const second = Math.floor((parseTimestamp(occurredAt) ?? Number.NaN) / 1_000)
  const changes = world.truth.filter(
    (one) => one.entity === entity && String(one.id) === id && Math.floor(one.at / 1_000) === second
  )
  const last = changes.at(-1)
  return (
    changes.length > 1 &&
    last!.fields.every((field) => canonicalJson(last!.after[field]) === canonicalJson(after?.[field]))
  )
}

/** What is handed over as deleted was deleted, and once. */
const deletions = (world: World, { handed }: Evidence): ReadonlyArray<string> => {
  const deleted = new Set(
    world.truth.flatMap(({ action, after, entity, id }) =>
      action === "delete" || after["deleted"] === true ? [`${entity} ${id}`] : []
    )
  )
  return handed.flatMap(({ entity, entityId, event }) =>
    event.endsWith("_delete") && !deleted.has(`${entity} ${entityId}`)
      ? [`deleted: ${entity} ${entityId} was handed over as deleted, and never was`]
      : []
  )
}

/** A snapshot is no older than its event, except of a thin event whose entity was gone before it could be fetched. */
const snapshots = ({ provider }: Day, world: World, { fetched, handed }: Evidence): ReadonlyArray<string> => {
  const deletedAt = new Map(
    world.truth.flatMap(({ action, at, entity, id }) => (action === "delete" ? [[`${entity} ${id}`, at] as const] : []))
  )
  const wasGone = (entity: string, id: string, handedAt: number): boolean =>
    fetched.some(
      (one) =>
        one.entity === entity &&
        one.id === id &&
        one.stamp === null &&
        one.at <= handedAt &&
        one.at >= (deletedAt.get(`${entity} ${id}`) ?? Number.POSITIVE_INFINITY)
    )
  return handed.flatMap(({ after, at: handedAt, entity, entityId, event, late, occurredAt }) => {
    const shown = parseTimestamp(after?.[provider.entities[entity]?.updatedAtField ?? "updated_at"])
    const at = parseTimestamp(occurredAt)
    const older = !late && shown !== null && at !== null && shown < at && !event.endsWith("_delete")
    return older && !wasGone(entity, entityId, handedAt)
      ? [
          `snapshot: ${event} of ${entity} ${entityId} at ${occurredAt} shows the version of ${new Date(shown).toISOString()}`
        ]
      : []
  })
}

/** An entity is fetched again at once only where the answer was older than an event of it. */
const fetches = ({ fetched, posted }: Evidence): ReadonlyArray<string> =>
  fetched.flatMap(({ at, entity, id, life, stamp }) => {
    const again = fetched.some(
      (other) =>
        other.life === life &&
        other.entity === entity &&
        other.id === id &&
        other.at > at &&
        other.at <= at + fetchAgainAfterMs + 1_000
    )
    if (!again || stamp === null) return []
    const needed = posted.some(
      (post) =>
        post.entity === entity &&
        post.id === id &&
        ((post.updatedAt ?? 0) > stamp || (post.at >= at - 1_000 && post.at <= at + fetchAgainAfterMs + 1_000))
    )
    return needed ? [] : [`fetches: ${entity} ${id} was fetched again, although the first answer was new enough`]
  })

/** Compared between the account and the state: fields with plain values that both have. */
const isPlain = (value: unknown): boolean => value === null || typeof value !== "object"

const states = ({ provider, entities, readLagMs, to }: Day, world: World, inbox: Inbox): ReadonlyArray<string> => {
  const wrong: Array<string> = []
  for (const entity of entities) {
    const stampField = provider.entities[entity]?.updatedAtField ?? "updated_at"
    const beneath = provider.sweeps[entity]!.by === "children"
    const last = new Map(
      world.truth.flatMap((change) => (change.entity === entity ? [[String(change.id), change] as const] : []))
    )
    for (const [id, { action, after, updatedAt }] of last) {
      const state = inbox.state(source, entity, id)
      const name = `${entity} ${id}`
      const gone = action === "delete" || after["deleted"] === true
      if (state === null) {
        if (!gone) wrong.push(`lost: ${name} changed, and the receiver never heard of it`)
        continue
      }
      if (gone) {
        if (deletionsShow(provider, entity) && provider.sweeps[entity]!.hidden.includes("deleted") && !state.deleted)
          wrong.push(`deleted: ${name} is gone, and the receiver still holds it`)
        continue
      }
      if (state.deleted) {
        wrong.push(`deleted: ${name} is there, and the receiver holds it as deleted`)
        continue
      }
      // Nothing shows that a dependant changed where its parent's stamp did not move.
      if (beneath) continue
      const stamp = parseTimestamp(updatedAt)
      if (stamp !== null && stamp <= to - readLagMs && (state.updatedAt ?? 0) < stamp)
        wrong.push(`lost: ${name} changed at ${updatedAt}, and the receiver holds the version of ${state.updatedAt}`)
      const current = world.read(entity, last.get(id)!.id)
      for (const [field, value] of Object.entries(isRecord(current) ? current : {})) {
        const held = state.snapshot[field]
        if (field === stampField || held === undefined || !isPlain(value) || !isPlain(held)) continue
        if (held !== value)
          wrong.push(`lost: ${name} has ${field} ${JSON.stringify(value)}, and is held with ${JSON.stringify(held)}`)
      }
    }
  }
  return wrong
}

/**
 * What is true of a program's polling, from the stand-in's truth and from what the program itself wrote down; worked
 * out here, and shared with nothing that the proof examines.
 */
import type { PushOutcome, TrueChange } from "../../src/replay/index.js"
import type { Evidence, SideBySide, Sight } from "./Evidence.js"
import { isPushed } from "./Pushed.js"

type Seen = Extract<Sight, { readonly stamp: number }>
type Programme = Evidence["programs"][number]

/** A version that a program met, with the changes that it shows: those since the version before, of the same list. */
export interface TrueSight extends Seen {
  readonly changes: ReadonlyArray<TrueChange>
  /** The same list had shown an earlier version. */
  readonly metBefore: boolean
  /** It showed other values than the version before; a write may set a field to what it was. */
  readonly differs: boolean
}

const isSeen = (sight: Sight): sight is Seen => sight.how !== "sweep"

export const sweepStarts = ({ sights }: Programme, until: number): ReadonlyArray<number> =>
  sights.filter((sight) => sight.how === "sweep" && sight.at < until).map(({ at }) => at)

/** Changes by entity, in their order. */
const historyOf = (truth: ReadonlyArray<TrueChange>): ReadonlyMap<string, ReadonlyArray<TrueChange>> => {
  const byEntity = new Map<string, Array<TrueChange>>()
  for (const change of truth) {
    const key = `${change.entity} ${change.id}`
    const known = byEntity.get(key)
    if (known === undefined) byEntity.set(key, [change])
    else known.push(change)
  }
  return byEntity
}

/** Each version once, by list and entity, in the order of their stamps. */
export const trueSights = (
  { sights }: Programme,
  truth: ReadonlyArray<TrueChange>,
  until: number
): ReadonlyArray<TrueSight> => {
  const history = historyOf(truth)
  const first = new Map<string, Seen>()
  for (const sight of sights) {
    if (!isSeen(sight) || sight.at >= until) continue
    const key = `${sight.how} ${sight.entity} ${sight.id} ${sight.stamp}`
    if (!first.has(key)) first.set(key, sight)
  }
  const before = new Map<string, Seen>()
  return [...first.values()]
    .sort((a, b) => a.stamp - b.stamp || a.at - b.at)
    .map((sight) => {
      const place = `${sight.how} ${sight.entity} ${sight.id}`
      const last = before.get(place)
      before.set(place, sight)
      const changes = (history.get(`${sight.entity} ${sight.id}`) ?? []).filter(
        ({ at, updatedAt }) =>
          updatedAt <= sight.stamp && updatedAt > (last?.stamp ?? Number.NEGATIVE_INFINITY) && at <= sight.at
      )
      const differs = last !== undefined && last.content !== sight.content
      return { ...sight, changes, metBefore: last !== undefined, differs }
    })
}

/**
 * Seconds from each change to its arrival at the program, rising; a version that was there when it began says nothing.
 */
export const trueLags = (
  programme: Programme,
  truth: ReadonlyArray<TrueChange>,
  until: number
): ReadonlyArray<number> => {
  const [began = Number.POSITIVE_INFINITY] = sweepStarts(programme, until)
  const second = sweepStarts(programme, until)[1] ?? Number.POSITIVE_INFINITY
  return trueSights(programme, truth, until)
    .flatMap(({ at, changes, stamp }) => {
      const change = changes.findLast(({ updatedAt }) => updatedAt === stamp)
      return change === undefined || stamp < began || at < second ? [] : [(at - change.at) / 1_000]
    })
    .sort((a, b) => a - b)
}

export const rank = (rising: ReadonlyArray<number>, q: number): number =>
  rising[Math.max(0, Math.ceil(q * rising.length) - 1)]!

export interface TrueCoverage {
  readonly changes: number
  readonly pushed: number
}

/** Of the versions that a program met after its first sweep: those that an event of the plan tells of. */
export const trueCoverage = (
  programme: Programme,
  { account, truth }: Pick<Evidence, "account" | "truth">,
  events: ReadonlyArray<string>,
  until: number
): TrueCoverage => {
  const [began = Number.POSITIVE_INFINITY, second = Number.POSITIVE_INFINITY] = sweepStarts(programme, until)
  const pushed = (change: TrueChange) => isPushed(account.product, account.route, events, change)
  // A reply's own event tells that its ticket's stamp moved.
  const replies = new Set(
    truth.flatMap((change) =>
      change.parent === null || !pushed(change)
        ? []
        : [`${change.parent.entity} ${change.parent.id} ${change.updatedAt}`]
    )
  )
  const told = (change: TrueChange) =>
    pushed(change) || (change.fields.length === 0 && replies.has(`${change.entity} ${change.id} ${change.updatedAt}`))
  const sights = trueSights(programme, truth, until).filter(
    ({ at, changes, stamp }) => changes.length > 0 && stamp >= began && at >= second
  )
  return { changes: sights.length, pushed: sights.filter(({ changes }) => changes.some(told)).length }
}

/**
 * Versions of an entity type an hour, that a list which hides what is deleted or spam could have shown between two
 * moments.
 */
export const trueRate = (truth: ReadonlyArray<TrueChange>, entity: string, from: number, to: number): number => {
  const hidden = new Set<string>()
  const versions = new Set<string>()
  for (const { action, at, entity: of, fields, id, updatedAt } of truth) {
    if (of !== entity) continue
    if (action === "delete" || fields.includes("spam")) hidden.add(id)
    else if (!hidden.has(id) && at >= from && at < to) versions.add(`${id} ${updatedAt}`)
  }
  return versions.size / ((to - from) / 3_600_000)
}

export interface TrueLoss {
  /** Versions (id and stamp) that the program met, of whose changes a push was lost: any other is false. */
  readonly lost: ReadonlySet<string>
  /**
   * Of which nothing hides the loss: no later push told the same in time, the list had shown another state before or it
   * is a creation seen by itself, and the program had last looked when both ways were watched already. Fewer are
   * missed.
   */
  readonly plain: number
}

const isLost = (change: TrueChange, pushes: ReadonlyArray<PushOutcome>): boolean => {
  const own = pushes.filter(({ at }) => at === change.at)
  return own.length > 0 && own.every(({ outcome }) => outcome !== "accepted")
}

/** Any later push of the entity may make up for one, if it comes within the time that deliveries are given. */
const isMadeUpFor = (change: TrueChange, pushes: ReadonlyArray<PushOutcome>, settleMs: number): boolean =>
  pushes.some(({ at, outcome }) => outcome === "accepted" && at >= change.at && at <= change.at + settleMs)

export const trueLoss = (
  programme: Programme,
  truth: ReadonlyArray<TrueChange>,
  { endedAt, outcomes, settleMs }: SideBySide,
  how: Seen["how"],
  entity: string,
  from: number,
  to: number
): TrueLoss => {
  const byEntity = new Map<string, Array<PushOutcome>>()
  for (const outcome of outcomes) {
    if (outcome.entity !== entity) continue
    const known = byEntity.get(outcome.id)
    if (known === undefined) byEntity.set(outcome.id, [outcome])
    else known.push(outcome)
  }
  const starts = sweepStarts(programme, endedAt)
  const sights = trueSights(programme, truth, endedAt).flatMap((sight) => {
    // Of what it met later than that, the delivery may still come.
    if (sight.how !== how || sight.entity !== entity || sight.stamp < from || sight.at > to) return []
    const pushes = byEntity.get(sight.id) ?? []
    const lost = sight.changes.filter((change) => isLost(change, pushes))
    return lost.length === 0 ? [] : [{ ...sight, lost, pushes }]
  })
  const plain = sights.filter(({ at, changes, differs, lost, pushes }) => {
    if (lost.every((change) => isMadeUpFor(change, pushes, settleMs))) return false
    if (changes.length === 1 && changes[0]!.action === "create") return true
    const before = starts.filter((start) => start <= at).at(-2) ?? Number.NEGATIVE_INFINITY
    return differs && before >= from
  })
  return { lost: new Set(sights.map(({ id, stamp }) => `${id} ${stamp}`)), plain: plain.length }
}

/** Changes that the receiver should have by now, by push or by reconciliation, and has not. */
export const notHeld = (
  truth: ReadonlyArray<TrueChange>,
  { endedAt, entities, installedAt, states }: SideBySide,
  slowestMs: number
): ReadonlyArray<TrueChange> => {
  const held = new Map(states.map((state) => [`${state.entity} ${state.id}`, state]))
  const gone = new Set(truth.flatMap(({ action, entity, id }) => (action === "delete" ? [`${entity} ${id}`] : [])))
  return truth.filter((change) => {
    const key = `${change.entity} ${change.id}`
    if (!entities.includes(change.entity) || gone.has(key)) return false
    if (change.at < installedAt || change.at > endedAt - slowestMs) return false
    const state = held.get(key)
    return state === undefined || (!state.deleted && (state.updatedAt ?? 0) < change.updatedAt)
  })
}

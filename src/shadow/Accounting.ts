/**
 * Change by change of one entity: which sights of a poller the pushes explain, and which were lost. A push explains one
 * change: its own, or one whose delivery already showed a later state. Stamps are compared, which are all of one clock.
 */
import { groupBy } from "../domain/Grouping.js"
import { isOwnPush, type PlannedEvents, pushOf } from "../providers/index.js"
import type { ArrivedVersion, PolledVersion } from "../store/index.js"

export type Outcome =
  | { readonly kind: "pushed"; readonly aheadMs: number | null }
  | { readonly kind: "notCovered" | "lost" | "unclear"; readonly reached: Reached }

/** How the change, or a later state of its entity, has come all the same; `null` where it has not. */
type Reached = "reconciliation" | "push" | null

export interface Watch {
  readonly plan: PlannedEvents
  /** From when both paths were watched, by the provider's clock. */
  readonly from: number
  /** How much later a delivery may be made, and so how much later the state may be that it shows. */
  readonly settleMs: number
  /** When the sweep before that of a sight began, by the provider's clock; `null` where it is not known. */
  readonly sweptBefore: (seenAt: number) => number | null
  /** Whether a dependant was pushed whose coming moved a stamp. */
  readonly dependantPushed: (entity: string, updatedAt: number) => boolean
}

/** The resolution of the stamps. */
export const wholeSecondMs = 1_000

interface Delivered {
  readonly at: number
  /** `null` where it cannot be said which fields it brought. */
  readonly fields: ReadonlyArray<string> | null
  /** Deliveries that explain no sight yet. */
  left: number
}

const deliveriesOf = (arrived: ReadonlyArray<ArrivedVersion>): ReadonlyArray<Delivered> =>
  arrived
    .map(({ changed, duplicates, origin, updatedAt }) => ({
      at: updatedAt,
      fields: changed === null || changed.length === 0 ? null : changed,
      // A push of what reconciliation had brought before is counted on its row.
      left: (origin === "webhook" ? 1 : 0) + duplicates
    }))
    .filter(({ left }) => left > 0)
    .sort((a, b) => a.at - b.at)

const tells = ({ fields }: Delivered, wanted: ReadonlyArray<string>): boolean =>
  fields === null || wanted.length === 0 || wanted.some((field) => fields.includes(field))

/** `versions`: all sights of one entity by one poller, rising by stamp. `arrived`: all that came of that entity. */
export const accountFor = (
  versions: ReadonlyArray<PolledVersion>,
  arrived: ReadonlyArray<ArrivedVersion>,
  watch: Watch
): ReadonlyMap<PolledVersion, Outcome> => {
  const { plan, settleMs } = watch
  const deliveries = deliveriesOf(arrived)
  const deliveredAt = groupBy(deliveries, ({ at }) => at)
  const arrivedAt = groupBy(arrived, ({ updatedAt }) => updatedAt)
  const newestBy = (by: ArrivedVersion["origin"]) =>
    arrived.reduce(
      (latest, { origin, updatedAt }) => (origin === by ? Math.max(latest, updatedAt) : latest),
      Number.NEGATIVE_INFINITY
    )
  const [newestReconciled, newestPushed] = [newestBy("reconciliation"), newestBy("webhook")]
  const sights = versions.map((version, place) => {
    const same = arrivedAt.get(version.updatedAt) ?? []
    const changed = version.changed ?? same.find(({ origin }) => origin === "reconciliation")?.changed ?? null
    const action = version.created ? "create" : "update"
    const push = pushOf(plan, { entity: version.entity, action, changed })
    const own = isOwnPush(push, version.entity) ? push.fields : null
    return { version, before: versions[place - 1], changed, push, own, same, explained: false }
  })
  const exact = (sight: (typeof sights)[number]) =>
    deliveredAt.get(sight.version.updatedAt)?.find(({ left }) => left > 0)
  const explain = (sight: (typeof sights)[number], by: Delivered | undefined) => {
    if (by === undefined) return
    by.left -= 1
    sight.explained = true
  }
  // First each push goes to the change whose stamp it has; those that surely need one come before first sights.
  for (const sight of sights) if (sight.own !== null) explain(sight, exact(sight))
  for (const sight of sights) if (sight.own === null && sight.changed === null) explain(sight, exact(sight))
  for (const sight of sights) {
    const { before, own, version } = sight
    if (own === null || sight.explained) continue
    // Two changes of one second have one stamp: a sight of the first leaves the second's push to the next sight.
    const since = before === undefined ? Number.NEGATIVE_INFINITY : wholeSecond(before.updatedAt)
    explain(
      sight,
      deliveries.find(
        (one) => one.left > 0 && one.at >= since && one.at <= version.updatedAt + settleMs && tells(one, own)
      )
    )
  }
  const outcomes = new Map<PolledVersion, Outcome>()
  for (const { before, explained, own, push, same, version } of sights) {
    const reached: Reached =
      newestReconciled >= version.updatedAt ? "reconciliation" : newestPushed >= version.updatedAt ? "push" : null
    const pushes = same.filter(({ origin }) => origin === "webhook")
    const first = pushes.reduce((least, { receivedAt }) => Math.min(least, receivedAt), Number.POSITIVE_INFINITY)
    const pushed: Outcome = { kind: "pushed", aheadMs: pushes.length === 0 ? null : version.seenAt - first }
    const outcome = (): Outcome => {
      if (own !== null) {
        if (explained && !onlyReconciled(own, before, version, arrived, deliveries, settleMs)) return pushed
        return { kind: beganBefore(before, version, watch) ? "unclear" : "lost", reached }
      }
      if (pushes.length > 0) return pushed
      if (push.kind === "uncovered") return { kind: "notCovered", reached }
      if (push.kind === "pushed" && watch.dependantPushed(version.entity, version.updatedAt)) return pushed
      return { kind: "unclear", reached }
    }
    outcomes.set(version, outcome())
  }
  return outcomes
}

const wholeSecond = (at: number): number => Math.floor(at / wholeSecondMs) * wholeSecondMs

/** Several changes seen as one: a push brought the last of them, and another field came by reconciliation alone. */
const onlyReconciled = (
  fields: ReadonlyArray<string>,
  before: PolledVersion | undefined,
  version: PolledVersion,
  arrived: ReadonlyArray<ArrivedVersion>,
  deliveries: ReadonlyArray<Delivered>,
  settleMs: number
): boolean => {
  const since = before?.updatedAt ?? Number.NEGATIVE_INFINITY
  const reconciled = arrived.filter(
    ({ origin, updatedAt }) => origin === "reconciliation" && updatedAt > since && updatedAt < version.updatedAt
  )
  return fields.some(
    (field) =>
      reconciled.some(({ changed }) => changed?.includes(field) === true) &&
      !deliveries.some(
        (one) => one.at >= wholeSecond(since) && one.at <= version.updatedAt + settleMs && tells(one, [field])
      )
  )
}

/** Whether a sight may hold a change of before the watch: the poller had last looked before it. */
const beganBefore = (before: PolledVersion | undefined, version: PolledVersion, watch: Watch): boolean => {
  if (version.created) return false
  const looked = watch.sweptBefore(version.seenAt) ?? Number.NEGATIVE_INFINITY
  return Math.max(looked, before?.updatedAt ?? Number.NEGATIVE_INFINITY) < watch.from
}

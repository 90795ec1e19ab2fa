/**
 * The outcome of each change that a poller saw: pushed, lost, not covered, or unclear. A push explains one change:
 * its own, or an earlier one whose delivery already showed a later state. All stamps compared are of the provider's
 * clock. Pure.
 */
import { groupBy } from "../domain/Grouping.js"
import { isOwnPush, type PlannedEvents, pushOf } from "../providers/index.js"
import type { ArrivedVersion, PolledVersion } from "../store/index.js"

export type Outcome =
  | { readonly kind: "pushed"; readonly aheadMs: number | null }
  | { readonly kind: "notCovered" | "lost" | "unclear"; readonly reached: Reached }

/** How the change, or a later state of its entity, arrived otherwise; `null` where it did not. */
type Reached = "reconciliation" | "push" | null

/** Facts besides the versions themselves. */
export interface Watch {
  readonly plan: PlannedEvents
  /** Since when both paths are watched, by the provider's clock. */
  readonly from: number
  /** Longest delay of a delivery, and so of the state that it shows. */
  readonly settleMs: number
  /** Start of the sweep before the one that saw a version, by the provider's clock; `null` where unknown. */
  readonly sweptBefore: (seenAt: number) => number | null
  /** Whether the push of a dependant explains a stamp. */
  readonly dependantPushed: (updatedAt: number) => boolean
}

/** Resolution of the stamps. */
export const wholeSecondMs = 1_000

interface Delivered {
  readonly at: number
  /** Fields that it brought; `null` where unknown. */
  readonly fields: ReadonlyArray<string> | null
  /** Deliveries that explain no change yet. */
  left: number
}

const deliveriesOf = (arrived: ReadonlyArray<ArrivedVersion>): ReadonlyArray<Delivered> =>
  arrived
    .map(({ changed, duplicates, origin, updatedAt }) => ({
      at: updatedAt,
      fields: changed === null || changed.length === 0 ? null : changed,
      // A push of a change that reconciliation brought first is counted as a duplicate on that row.
      left: (origin === "webhook" ? 1 : 0) + duplicates
    }))
    .filter(({ left }) => left > 0)
    .sort((a, b) => a.at - b.at)

const tells = ({ fields }: Delivered, wanted: ReadonlyArray<string>): boolean =>
  fields === null || wanted.length === 0 || wanted.some((field) => fields.includes(field))

/** `versions`: all that one poller saw of one entity, rising by stamp. `arrived`: all that the receiver got of it. */
export const outcomesOf = (
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
  // Each push goes first to the change with its stamp: to changes of known fields before first sights.
  for (const sight of sights) if (sight.own !== null) explain(sight, exact(sight))
  for (const sight of sights) if (sight.own === null && sight.changed === null) explain(sight, exact(sight))
  for (const sight of sights) {
    const { before, own, version } = sight
    if (own === null || sight.explained) continue
    // Two changes of one second share a stamp: the push of the second is left to the version seen next.
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
      if (push.kind === "pushed" && watch.dependantPushed(version.updatedAt)) return pushed
      return { kind: "unclear", reached }
    }
    outcomes.set(version, outcome())
  }
  return outcomes
}

const wholeSecond = (at: number): number => Math.floor(at / wholeSecondMs) * wholeSecondMs

/** Several changes seen as one version: the push of one, and a field that came by reconciliation alone. */
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

/** Whether a version may hold a change from before the watch: the sweep before it lies before the watch. */
const beganBefore = (before: PolledVersion | undefined, version: PolledVersion, watch: Watch): boolean => {
  if (version.created) return false
  const looked = watch.sweptBefore(version.seenAt) ?? Number.NEGATIVE_INFINITY
  return Math.max(looked, before?.updatedAt ?? Number.NEGATIVE_INFINITY) < watch.from
}

/**
 * Entities beneath a swept list. Where a parent's stamp moves with its dependants, only the last move shows: a lost
 * reply can hide behind a later change. So the dependants of every parent that changed since the last sweep are read,
 * once. Where nothing shows which parents have news, those of all are, every so many sweeps.
 */
import { Effect, Stream } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import { dependantsSince, isReadable, readsDependants, walksDependants } from "../policy/index.js"
import type { Item, ProviderError } from "../providers/clients.js"
import { childrenOf, type Provider, type SweptRoot } from "../providers/index.js"
import type { ReadTarget } from "./DeferredReads.js"
import type { SweepError, SweepParts } from "./SweepParts.js"

/** Which dependants a sweep reads. */
export interface Depth {
  readonly readAt: EpochMillis
  /** Of all parents that it meets. */
  readonly walked: ReadonlySet<string>
  /** By type: of parents that have changed since then. */
  readonly changedSince: ReadonlyMap<string, EpochMillis>
}

export interface Dependants {
  /** Reads those of a parent that the sweep has met. */
  readonly read: (root: SweptRoot, entity: string, item: Item, depth: Depth) => Effect.Effect<void, SweepError>
  /** Retries deferred reads beneath a list. */
  readonly tryAgain: (root: SweptRoot, readAt: EpochMillis) => Effect.Effect<void, SweepError>
}

export const makeDependants = (parts: SweepParts): Dependants => {
  const { findings, hydrator, provider, sweeper, deferredReads } = parts
  const { compare, idOf, stampOf } = findings

  /** The stamp that a parent had when its dependants were last read. */
  const readStamps = new Map<string, number>()

  /** A type and those on the way to it from its list. */
  const leadsTo = (entity: string, wanted: (entity: string) => boolean): boolean =>
    wanted(entity) || childrenOf(provider, entity).some((child) => leadsTo(child, wanted))

  const isRead = (child: string, target: ReadTarget, stamp: number, depth: Depth): boolean => {
    if (provider.sweeps[child]!.parent!.which === "all")
      return leadsTo(child, (type) => depth.walked.has(type)) && !deferredReads.waits(target, depth.readAt)
    const since = depth.changedSince.get(child)
    return since !== undefined && readsDependants(stamp, since, readStamps.get(keyOf(target)) ?? Number.NaN)
  }

  const readOf = (
    root: SweptRoot,
    entity: string,
    child: string,
    item: Item,
    depth: Depth
  ): Effect.Effect<unknown, SweepError> => {
    const id = idOf(entity, item)
    if (id === null) return Effect.void
    const all = provider.sweeps[child]!.parent!.which === "all"
    const stamp = stampOf(entity, item) ?? 0
    const target: ReadTarget = { entity, entityId: id, children: child }
    if (!isRead(child, target, stamp, depth)) return Effect.void
    const met = { readAt: depth.readAt, shower: "list", meetsThePast: true } as const
    const reading = (all ? sweeper : hydrator)
      .children(child, id, (childId, one) => {
        const named: ReadTarget = { entity: child, entityId: childId, children: "" }
        if (deferredReads.waits(named, depth.readAt)) return Effect.succeed(null)
        // A failure of the inbox is kept in the stream's own channel.
        return deferredReads.attempt(named, one, findings.gone(child, childId, depth.readAt)) as Effect.Effect<
          Item | null,
          ProviderError
        >
      })
      .pipe(
        Stream.runForEach((dependant) =>
          Effect.zipRight(
            root.wanted.includes(child) ? compare(child, dependant, met) : Effect.void,
            read(root, child, dependant, depth)
          )
        ),
        // A reply may be readable later than its parent: dependants that were read too early are read once more.
        Effect.tap(() =>
          Effect.sync(() => {
            if (!all && isReadable(stamp, depth.readAt)) readStamps.set(keyOf(target), stamp)
          })
        )
      )
    return deferredReads.attempt(target, reading)
  }

  const read: Dependants["read"] = (root, entity, item, depth) =>
    Effect.forEach(childrenOf(provider, entity), (child) => readOf(root, entity, child, item, depth), {
      discard: true
    })

  const tryOne = (root: SweptRoot, target: ReadTarget, readAt: EpochMillis): Effect.Effect<void, SweepError> => {
    const { children, entity, entityId } = target
    const met = { readAt, shower: "item", meetsThePast: true } as const
    const walked = new Set(root.wanted)
    if (children !== "") {
      readStamps.delete(keyOf(target))
      const parent = { [provider.entities[entity]?.idField ?? "id"]: entityId }
      const changedSince = new Map([[children, 0]])
      return read(root, entity, parent, { readAt, changedSince, walked: new Set([children, ...walked]) })
    }
    const reading = Effect.flatMap(sweeper.get(entity, entityId), (item) =>
      Effect.zipRight(
        root.wanted.includes(entity) ? compare(entity, item, met) : Effect.void,
        read(root, entity, item, { readAt, walked, changedSince: new Map() })
      )
    )
    return Effect.asVoid(deferredReads.attempt(target, reading, findings.gone(entity, entityId, readAt)))
  }

  return {
    read,
    tryAgain: (root, readAt) =>
      Effect.forEach(
        deferredReads.due(readAt).filter(({ children, entity }) => isBeneath(provider, root.root, children || entity)),
        (target) => tryOne(root, target, readAt),
        { discard: true }
      )
  }
}

const keyOf = ({ children, entityId }: ReadTarget): string => `${children} ${entityId}`

const isBeneath = (provider: Provider, root: string, entity: string): boolean => {
  for (let at: string | undefined = entity; at !== undefined; at = provider.sweeps[at]?.parent?.entity)
    if (at === root) return true
  return false
}

/** Which dependants this sweep reads: those that are due, and those that were never read. */
export const depthOf = (
  { port, overlapMs, policy, provider, source }: SweepParts,
  root: SweptRoot,
  at: { readonly startedAt: EpochMillis; readonly deepFrom: EpochMillis; readonly nth: number }
): Depth => {
  const { deepFrom, nth, startedAt } = at
  const walked = new Set<string>()
  const changedSince = new Map<string, EpochMillis>()
  for (const type of root.wanted) {
    const parent = provider.sweeps[type]?.parent
    if (parent === undefined) continue
    const turn = {
      slowerMs: root.slower[type] ?? Number.NaN,
      everyMs: root.every,
      lastAt: port.comparedAt(source, type) ?? Number.NaN,
      sweptTo: port.sweptTo(source, type) ?? Number.NaN,
      startedAt
    }
    if (parent.which === "all") {
      if (walksDependants(turn, nth, root.walks) || port.filledAt(source, type) === null) walked.add(type)
      continue
    }
    const since = dependantsSince(turn, deepFrom, overlapMs, policy.readsFrom)
    if (!Number.isNaN(since)) changedSince.set(type, since)
  }
  return { readAt: startedAt, walked, changedSince }
}

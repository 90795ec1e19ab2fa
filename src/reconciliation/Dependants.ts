/**
 * Entities beneath a swept list. Where a parent's stamp moves with its dependants, only the last move shows: a lost
 * reply can hide behind a later change. So the dependants of every parent that changed since the last sweep are read,
 * once. Where nothing shows which parents have news, those of all are, every so many sweeps.
 *
 * Dependants that pushes tell, and that have a longer interval of their own, are read so at their own turns only.
 * Between them they are read beneath parents whose stamp nothing explains, and beneath all that changed where the sweep
 * finds anything that no push told, or where this process has not swept the list before, or not since an outage.
 */
import { Effect, Stream } from "effect"
import { shortestGap } from "../domain/SweepInterval.js"
import type { EpochMillis } from "../domain/Time.js"
import { dependantsSince, isBehind, isPushLost, isReadable, readsDependants, walksDependants } from "../policy/index.js"
import type { Item, ProviderError } from "../providers/clients.js"
import { childrenOf, dependantsFor, type Provider, rootsOf, type SweptRoot } from "../providers/index.js"
import type { ReadTarget } from "./DeferredReads.js"
import type { DeferredRead } from "./ReconciliationPort.js"
import type { SweepError, SweepParts } from "./SweepParts.js"

/** Which dependants a sweep reads. */
export interface Depth {
  readonly readAt: EpochMillis
  /** Of all parents that it meets. */
  readonly walked: ReadonlySet<string>
  /** By type: of parents that have changed since then. */
  readonly changedSince: ReadonlyMap<string, EpochMillis>
  /** By type: of parents that have changed since then, where a sign says so. */
  readonly toldSince: ReadonlyMap<string, EpochMillis>
  /** Of these, moments before the list's own cursor: of types that were not told before. */
  readonly behind: ReadonlyArray<EpochMillis>
  /** When the receiver last came back from an outage; NaN for never. */
  readonly backAt: number
}

export interface Dependants {
  readonly sweepBegins: () => void
  /** The sweep found a change of this stamp that no push has told: lost, unless the push is still on its way. */
  readonly foundNews: (root: SweptRoot, stamp: number, depth: Depth) => void
  /** Whether some were passed by so far in the sweep. */
  readonly passesBy: () => boolean
  /** Reads those of a parent that the sweep has met. */
  readonly read: (
    root: SweptRoot,
    entity: string,
    item: Item,
    depth: Depth,
    /** Events have told of the parent's stamp. */
    explained: boolean
  ) => Effect.Effect<void, SweepError>
  /** The list has come to its end: reads what was passed by, where a push turned out to be lost. */
  readonly listEnds: (root: SweptRoot, depth: Depth) => Effect.Effect<void, SweepError>
  /** The sweep of a list has come to its end. */
  readonly sweepEnds: (root: SweptRoot, startedAt: EpochMillis) => void
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

  /** Those whose reading failed, was cut off, or came too early to show all changes of their parent's stamp. */
  const unread = new Set<string>()
  /** Lists that this process has swept, and when: of the others it does not know what was read beneath them. */
  const swept = new Map<string, EpochMillis>()
  /** Beneath parents with an explained stamp, in the sweep under way. */
  let passedBy: Array<{ readonly target: ReadTarget; readonly stamp: number }> = []
  /** Lists beneath which a push turned out to be lost, until a sweep of them ends. */
  const lost = new Set<string>()

  const isRead = (root: SweptRoot, target: ReadTarget, stamp: number, depth: Depth, explained: boolean): boolean => {
    const child = target.children
    if (provider.sweeps[child]!.parent!.which === "all")
      return leadsTo(child, (type) => depth.walked.has(type)) && !deferredReads.waits(target, depth.readAt)
    const key = keyOf(target)
    const lastRead = readStamps.get(key) ?? Number.NaN
    if (readsDependants(stamp, depth.changedSince.get(child) ?? Number.NaN, lastRead)) return true
    if (!readsDependants(stamp, depth.toldSince.get(child) ?? Number.NaN, lastRead)) return false
    const sweptAt = swept.get(root.root)
    if (!explained || unread.has(key) || sweptAt === undefined || isBehind(sweptAt, depth.backAt)) return true
    passedBy.push({ target, stamp })
    return false
  }

  const readOf = (
    root: SweptRoot,
    entity: string,
    child: string,
    item: Item,
    depth: Depth,
    explained: boolean
  ): Effect.Effect<unknown, SweepError> => {
    const id = idOf(entity, item)
    if (id === null) return Effect.void
    const stamp = stampOf(entity, item) ?? 0
    const target: ReadTarget = { entity, entityId: id, children: child }
    return isRead(root, target, stamp, depth, explained) ? readBeneath(root, target, stamp, depth) : Effect.void
  }

  const foundNews: Dependants["foundNews"] = ({ every, root }, stamp, { readAt }) => {
    if (isPushLost(stamp, readAt, shortestGap(every))) lost.add(root)
  }

  /** Compares a dependant, and notes whether its push is lost. */
  const compared = (root: SweptRoot, child: string, dependant: Item, depth: Depth): Effect.Effect<void, SweepError> => {
    const met = { readAt: depth.readAt, shower: "list", meetsThePast: true } as const
    const before = findings.stored()
    return Effect.map(compare(child, dependant, met), () => {
      if (depth.toldSince.has(child) && findings.stored() > before)
        foundNews(root, stampOf(child, dependant) ?? Number.NaN, depth)
    })
  }

  const readBeneath = (
    root: SweptRoot,
    target: ReadTarget,
    stamp: number,
    depth: Depth
  ): Effect.Effect<unknown, SweepError> => {
    const { children: child, entityId: id } = target
    const all = provider.sweeps[child]!.parent!.which === "all"
    const key = keyOf(target)
    let wasRead = false
    // The state may have taken up the parent's stamp already: until they are read, nothing explains it.
    if (!all) unread.add(key)
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
            root.wanted.includes(child) ? compared(root, child, dependant, depth) : Effect.void,
            read(root, child, dependant, depth, false)
          )
        ),
        // A reply may be readable later than its parent: dependants that were read too early are read once more.
        Effect.tap(() =>
          Effect.sync(() => {
            if (all) return
            wasRead = true
            if (!isReadable(stamp, depth.readAt)) return
            readStamps.set(key, stamp)
            unread.delete(key)
          })
        )
      )
    return Effect.tap(deferredReads.attempt(target, reading), () =>
      Effect.sync(() => {
        if (wasRead || all) return
        unread.delete(key)
        // A dependant that could not be read may be lost; it is tried again by itself.
        if (depth.toldSince.has(child) && deferredReads.isPending(target)) lost.add(root.root)
      })
    )
  }

  const read: Dependants["read"] = (root, entity, item, depth, explained) =>
    Effect.forEach(childrenOf(provider, entity), (child) => readOf(root, entity, child, item, depth, explained), {
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
      const depth = { ...noSigns, readAt, changedSince, walked: new Set([children, ...walked]) }
      return read(root, entity, parent, depth, false)
    }
    const reading = Effect.flatMap(sweeper.get(entity, entityId), (item) =>
      Effect.zipRight(
        root.wanted.includes(entity) ? compare(entity, item, met) : Effect.void,
        read(root, entity, item, { ...noSigns, readAt, walked, changedSince: new Map() }, false)
      )
    )
    return Effect.asVoid(deferredReads.attempt(target, reading, findings.gone(entity, entityId, readAt)))
  }

  return {
    sweepBegins: () => {
      passedBy = []
    },
    foundNews,
    passesBy: () => passedBy.length > 0,
    read,
    listEnds: (root, depth) =>
      Effect.suspend(() => {
        const late = lost.has(root.root) ? passedBy : []
        passedBy = []
        for (const { target } of late) unread.add(keyOf(target))
        return Effect.forEach(late, ({ target, stamp }) => readBeneath(root, target, stamp, depth), { discard: true })
      }),
    sweepEnds: ({ root }, startedAt) => {
      swept.set(root, startedAt)
      lost.delete(root)
    },
    tryAgain: (root, readAt) =>
      Effect.forEach(
        deferredReads.due(readAt).filter(({ children, entity }) => isBeneath(provider, root.root, children || entity)),
        (target) => tryOne(root, target, readAt),
        { discard: true }
      )
  }
}

/** Of a single read. */
const noSigns = { toldSince: new Map<string, EpochMillis>(), behind: [], backAt: Number.NaN }

const keyOf = ({ children, entityId }: ReadTarget): string => `${children} ${entityId}`

const isBeneath = (provider: Provider, root: string, entity: string): boolean => {
  for (let at: string | undefined = entity; at !== undefined; at = provider.sweeps[at]?.parent?.entity)
    if (at === root) return true
  return false
}

/** Whether nothing on the way to these dependants is left to be read: what it has beneath it is not known. */
export const isWalkedWhole = (provider: Provider, child: string, unread: ReadonlyArray<DeferredRead>): boolean => {
  const way = [...rootsOf(provider, [child]), ...dependantsFor(provider, [child])]
  return !unread.some(({ children, entity }) => way.includes(children || entity))
}

/** Which dependants this sweep reads: those that are due, and those that were never read. */
export const depthOf = (
  { port, overlapMs, policy, provider, source, told }: SweepParts,
  root: SweptRoot,
  at: {
    readonly startedAt: EpochMillis
    readonly deepFrom: EpochMillis
    readonly nth: number
    /** When the receiver last came back from an outage. */
    readonly backAt: number
  }
): Depth => {
  const { backAt, deepFrom, nth, startedAt } = at
  const walked = new Set<string>()
  const changedSince = new Map<string, EpochMillis>()
  const toldSince = new Map<string, EpochMillis>()
  const behind: Array<EpochMillis> = []
  for (const type of root.wanted) {
    const parent = provider.sweeps[type]?.parent
    if (parent === undefined) continue
    const isTold = told.has(type) && root.wanted.includes(parent.entity)
    const turn = {
      // After an outage told dependants are read beneath all that changed since the last sweep: their turn may wait.
      backAt: isTold ? Number.NaN : backAt,
      slowerMs: root.slower[type] ?? Number.NaN,
      everyMs: shortestGap(root.every),
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
    else if (isTold) {
      const cameTo = Math.max(port.sweptTo(source, type) ?? 0, port.resumeFrom(source, type) ?? 0)
      const from = Math.min(deepFrom, policy.readsFrom(cameTo, overlapMs))
      toldSince.set(type, from)
      if (from < deepFrom) behind.push(from)
    }
  }
  return { readAt: startedAt, walked, changedSince, toldSince, behind, backAt }
}

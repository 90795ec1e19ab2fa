/**
 * One sweep of one list and its dependants, by the means of the product's API. A page that fails ends the
 * sweep, and the next one begins where this one did; a single read that fails is passed by (DeferredReads.ts).
 */
import { Chunk, Clock, Duration, Effect, Stream } from "effect"
import { longestGap, meanInterval } from "../domain/SweepInterval.js"
import type { EpochMillis } from "../domain/Time.js"
import {
  isBehind,
  nextCursor,
  nextSweepAt,
  planSweep,
  reachedBy,
  readsDeepFrom,
  type SweepPlan,
  wholeTurns
} from "../policy/index.js"
import type { Item, ProviderError } from "../providers/clients.js"
import type { SweepRule, SweptRoot } from "../providers/index.js"
import { fateOf, unexpectedIn } from "./DeferredReads.js"
import { findGone } from "./Deletions.js"
import { type Dependants, type Depth, depthOf, isWalkedWhole, makeDependants } from "./Dependants.js"
import { isExplainedBy, withoutEmbed } from "./Signs.js"
import type { SweepError, SweepParts } from "./SweepParts.js"

/** Items after which a long sweep writes down how far it has come. */
const noteEvery = 500

/** A sweep under way. */
interface Sweep {
  readonly root: SweptRoot
  readonly rule: SweepRule
  /** Whether the list's own type is looked after; else the list is read for its dependants. */
  readonly wanted: boolean
  readonly startedAt: EpochMillis
  readonly sweptTo: EpochMillis | null
  readonly deletionsDue: boolean
  readonly plan: SweepPlan
  readonly depth: Depth
  readonly progress: Progress
  /** The part that each item of the list embeds, to tell of dependants. */
  readonly embed: string | undefined
}

/** How far a reading has come. The provider's stamps say it: a clock of ours that jumps or is wrong moves nothing. */
interface Progress {
  readonly listed: Set<string>
  newest: number
  /** As long as the list comes oldest change first, all before its last item is known when a sweep is cut off. */
  ascending: boolean
  last: number
}

export const makeSweep = (parts: SweepParts): ((swept: SweptRoot) => Effect.Effect<void, SweepError>) => {
  const { watchStarts, source, deferredReads } = parts
  const dependants = makeDependants(parts)
  return (root) =>
    Effect.gen(function* () {
      const startedAt = yield* Clock.currentTimeMillis
      deferredReads.sweepBegins()
      dependants.sweepBegins()
      yield* watchStarts.begin(root.root, root.wanted)
      const sweep = beginSweep(parts, root, startedAt)
      yield* dependants.tryAgain(root, startedAt)
      deferredReads.sweepBegins()
      yield* readList(parts, sweep, dependants)
      if (!sweep.plan.first && sweep.sweptTo !== null) yield* readHidden(parts, sweep, dependants)
      yield* dependants.listEnds(root, sweep.depth)
      if (sweep.plan.comparesIds && sweep.wanted) {
        yield* findGone(parts, root.root, sweep.progress.listed, startedAt)
        yield* parts.findings.note("setComparedAt", source, root.root, startedAt)
      }
      yield* deferUnreadable(parts, root.root)
      yield* endSweep(parts, sweep, dependants)
    })
}

const beginSweep = (parts: SweepParts, root: SweptRoot, startedAt: EpochMillis): Sweep => {
  const { deletionsEvery, port, overlapMs, policy, provider, source } = parts
  const rule = provider.sweeps[root.root]!
  const wanted = root.wanted.includes(root.root)
  const sweptTo = port.sweptTo(source, root.root)
  const nth = port.sweepsOf(source, root.root)
  const comparedAt = port.comparedAt(source, root.root) ?? Number.NaN
  const backAt = port.backAt() ?? Number.NaN
  const deletionsDue =
    deletionsEvery !== undefined &&
    wanted &&
    rule.by !== "children" &&
    (isBehind(comparedAt, backAt) || !(startedAt - comparedAt < Duration.toMillis(deletionsEvery)))
  const input = {
    wholeEvery: wholeTurns(rule.wholeEvery, meanInterval(root.every)),
    sweptTo: sweptTo ?? Number.NaN,
    watchedSince: watchedSince(parts, root),
    nth,
    unfilled: wanted && port.filledAt(source, root.root) === null,
    deletionsDue,
    // The first sweep reads all there is.
    comparedAt: port.comparedAt(source, root.root) ?? port.filledAt(source, root.root) ?? Number.NaN,
    backAt,
    wanted,
    startedAt,
    everyMs: longestGap(root.every),
    overlapMs
  }
  const deepFrom = readsDeepFrom(input, policy.readsFrom)
  const depth = depthOf(parts, root, { startedAt, deepFrom, nth, backAt })
  const plan = planSweep({ ...input, walks: depth.walked.size > 0 }, policy.readsFrom)
  const progress = { listed: new Set<string>(), newest: sweptTo ?? 0, ascending: rule.by === "timeFilter", last: 0 }
  const embed = depth.toldSince.size > 0 ? rule.tells?.embed : undefined
  return { root, rule, wanted, startedAt, sweptTo, deletionsDue, plan, depth, progress, embed }
}

/**
 * Of the type that is watched longest; a backfill (0) takes the past of dependants up as far as the state is filled
 * anyway.
 */
const watchedSince = ({ port, source }: SweepParts, root: SweptRoot): number => {
  const begun = root.wanted.map((type) => port.beganAt(source, type) ?? 0).filter((at) => at > 0)
  return begun.length === 0 ? Number.NaN : Math.min(...begun)
}

/** The stamp from which on the list is asked for; `null` for all of it. */
const askedFrom = (parts: SweepParts, { deletionsDue, depth, plan, root, rule }: Sweep): EpochMillis | null => {
  const { port, overlapMs, policy, source } = parts
  const resumed = port.resumeFrom(source, root.root)
  if (resumed !== null && !deletionsDue && rule.by === "timeFilter")
    return Math.min(policy.readsFrom(resumed, overlapMs), listedFrom(root, depth))
  // A list by time that is to be whole is asked for from the beginning of time: without a time it may be a part.
  if (plan.whole) return plan.comparesIds && rule.by === "timeFilter" ? 0 : null
  return Math.min(plan.from, listedFrom(root, depth))
}

/** The earliest moment from which lists have to be read for dependants that are read more seldom than they. */
const listedFrom = (root: SweptRoot, depth: Depth): EpochMillis =>
  Math.min(
    ...[...depth.changedSince].flatMap(([child, since]) => (root.slower[child] === undefined ? [] : [since])),
    ...depth.behind,
    Number.POSITIVE_INFINITY
  )

/** Takes an item of a page: notes the progress, diffs the item, reads its dependants. */
const taken = (
  parts: SweepParts,
  sweep: Sweep,
  dependants: Dependants,
  shown: Item,
  pageReadAt: EpochMillis,
  make: (item: Item) => Effect.Effect<void, SweepError>
): Effect.Effect<void, SweepError> =>
  Effect.suspend(() => {
    const { deferredReads, findings } = parts
    const { depth, progress, root, startedAt, wanted } = sweep
    const item = withoutEmbed(sweep.embed, shown)
    const entity = root.root
    const id = findings.idOf(entity, item)
    if (id === null)
      return deferredReads.skipped({ entity, fate: "refused", status: null, unexpected: `${entity} without an id` })
    const stamp = findings.stampOf(entity, item) ?? 0
    progress.ascending &&= stamp >= progress.last
    progress.last = stamp
    progress.newest = Math.max(progress.newest, reachedBy(stamp, pageReadAt, startedAt))
    progress.listed.add(id)
    const explained = depth.toldSince.size > 0 && isExplainedBy(parts, sweep, id, stamp, shown)
    const before = findings.stored()
    const noted = Effect.map(wanted ? make(item) : Effect.void, () => {
      // A change of the parent itself that no push told: one of a dependant may be lost as well.
      if (findings.stored() > before) dependants.foundNews(root, stamp, depth)
    })
    return Effect.zipRight(noted, dependants.read(root, entity, item, depth, explained))
  })

/** Takes the items of a list page by page. */
const takeAll = (
  parts: SweepParts,
  sweep: Sweep,
  dependants: Dependants,
  list: Stream.Stream<Item, ProviderError>,
  make: (item: Item) => Effect.Effect<void, SweepError>,
  afterEach: Effect.Effect<void, SweepError> = Effect.void
): Effect.Effect<void, SweepError> =>
  Stream.runForEachChunk(list, (page) =>
    Effect.flatMap(Clock.currentTimeMillis, (readAt) =>
      Effect.forEach(
        Chunk.toReadonlyArray(page),
        (item) => Effect.zipRight(taken(parts, sweep, dependants, item, readAt, make), afterEach),
        { discard: true }
      )
    )
  )

const compared = (parts: SweepParts, sweep: Sweep, item: Item): Effect.Effect<void, SweepError> =>
  parts.findings.compare(sweep.root.root, item, {
    readAt: sweep.startedAt,
    shower: "list",
    meetsThePast: sweep.plan.first
  })

const readList = (parts: SweepParts, sweep: Sweep, dependants: Dependants): Effect.Effect<void, SweepError> => {
  const { findings, source, sweeper } = parts
  const { progress, root } = sweep
  const noteProgress = Effect.suspend(() =>
    progress.ascending && progress.last > 0 && progress.listed.size % noteEvery === 0 && !dependants.passesBy()
      ? findings.note("setResumeFrom", source, root.root, progress.last)
      : Effect.void
  )
  const list = sweeper.changed(root.root, askedFrom(parts, sweep), undefined, sweep.embed)
  return takeAll(parts, sweep, dependants, list, (item) => compared(parts, sweep, item), noteProgress)
}

/** The plain list hides entities that were marked as spam, and deleted ones. */
const readHidden = (parts: SweepParts, sweep: Sweep, dependants: Dependants): Effect.Effect<void, SweepError> => {
  const { findings, overlapMs, policy, sweeper, deferredReads } = parts
  const { root, rule, startedAt } = sweep
  const entity = root.root
  // The dependants of a deleted ticket show beneath it only.
  const from = Math.min(policy.readsFrom(sweep.sweptTo!, overlapMs), listedFrom(root, sweep.depth))
  const read = (which: "spam" | "deleted", make: (item: Item) => Effect.Effect<void, SweepError>) =>
    !rule.hidden.includes(which)
      ? Effect.void
      : takeAll(parts, sweep, dependants, sweeper.changed(entity, from, which), make).pipe(
          // A list that this key may not see does not end the reading of the others.
          Effect.catchIf(
            (error): error is ProviderError => error._tag === "ProviderError" && isRefusal(error),
            (error) =>
              deferredReads.skipped({ entity, fate: "refused", status: error.status, unexpected: unexpectedIn(error) })
          )
        )
  return Effect.zipRight(
    read("spam", (item) => compared(parts, sweep, item)),
    read("deleted", (item) => findings.listedAsDeleted(entity, item, startedAt))
  )
}

/** A list by time shows a part only unless it is asked for from the beginning of time. */
const readAll = ({ plan, rule }: Sweep): boolean => plan.whole && (rule.by !== "timeFilter" || plan.comparesIds)

/** Writes down how far the sweep came, for its list and for the dependants that it read. */
const endSweep = (
  { findings, port, provider, source }: SweepParts,
  sweep: Sweep,
  dependants: Dependants
): Effect.Effect<void, SweepError> =>
  Effect.gen(function* () {
    const { depth, progress, root, startedAt, wanted } = sweep
    const cursor = nextCursor(progress.newest, startedAt)
    for (const child of root.wanted) {
      const apart = root.slower[child] !== undefined && (depth.changedSince.has(child) || depth.walked.has(child))
      if (apart) yield* findings.note("setSweptTo", source, child, cursor)
      if (apart || depth.walked.has(child)) yield* findings.note("setComparedAt", source, child, startedAt)
    }
    // A type that is told later, or again, is read from where it came to.
    for (const child of depth.toldSince.keys()) yield* findings.note("setResumeFrom", source, child, cursor)
    for (const type of root.wanted) {
      const read = type === root.root || depth.changedSince.has(type) || depth.walked.has(type)
      if (read && port.filledAt(source, type) === null) yield* findings.note("setFilledAt", source, type, startedAt)
    }
    yield* findings.note("setSweptTo", source, root.root, cursor)
    const untilNext = nextSweepAt(root.every, startedAt) - startedAt
    if (wanted) yield* findings.note("setComplete", source, root.root, startedAt, untilNext, readAll(sweep) ? 0 : -1)
    // No note of this loop changes the list of unread entities.
    const unread = depth.walked.size === 0 ? [] : port.unread(source)
    for (const child of depth.walked) {
      const untilWalk = root.slower[child] ?? untilNext * (root.walks ?? 1)
      if (isWalkedWhole(provider, child, unread))
        yield* findings.note("setComplete", source, child, startedAt, untilWalk, 0)
    }
    dependants.sweepEnds(root, startedAt)
  })

const isRefusal = (error: ProviderError): boolean => {
  const fate = fateOf(error)
  return fate === "refused" || fate === "gone"
}

/** Items of the lists in an unknown shape: told, and read by themselves later where the API has such a call. */
const deferUnreadable = (
  { deferredReads, provider, takeUnreadable }: SweepParts,
  root: string
): Effect.Effect<void, SweepError> => {
  const hasItems = (entity: string): boolean =>
    provider.endpoints.some((endpoint) => endpoint.kind === "item" && endpoint.entity === entity)
  return Effect.suspend(() =>
    Effect.forEach(
      takeUnreadable(),
      ({ entity, id, message }) =>
        Effect.zipRight(
          deferredReads.skipped({ entity: entity ?? root, fate: "later", status: null, unexpected: message }),
          entity === null || id === null || !hasItems(entity)
            ? Effect.void
            : deferredReads.putOff({ entity, entityId: id, children: "" })
        ),
      { discard: true }
    )
  )
}

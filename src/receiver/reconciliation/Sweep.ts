/**
 * One sweep of one list, by the means that the product's API has, and of what lies beneath it. A page that fails ends the
 * sweep, and the next one begins where this one did; a single thing that fails is passed by (Unread.ts).
 */
import { Clock, Duration, Effect, Stream } from "effect"
import { readableWithinMs } from "../../domain/EventOrder.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { EntityReader, Item, ProviderError } from "../../providers/clients.js"
import { childrenOf, type Provider, type SweptRoot } from "../../providers/index.js"
import type { Inbox } from "../inbox/Inbox.js"
import type { Beginnings } from "./Beginnings.js"
import type { Findings, InboxUnavailable } from "./Findings.js"
import { fateOf, type Thing, type Unreads, unexpectedIn } from "./Unread.js"

export type SweepError = ProviderError | InboxUnavailable

export interface SweepParts {
  readonly source: string
  readonly provider: Provider
  readonly inbox: Inbox
  readonly findings: Findings
  readonly beginnings: Beginnings
  readonly unreads: Unreads
  /** Its calls count as reconciliation. */
  readonly sweeper: EntityReader
  /** Its calls count as hydration: what the events of changed parents lack. */
  readonly hydrator: EntityReader
  /** Writes down which items of the lists were in a shape that is not known. */
  readonly unreadable: (root: string) => Effect.Effect<void, InboxUnavailable>
  readonly overlapMs: number
  readonly deletionsEvery: Duration.Duration | undefined
}

/** Items after which a long sweep writes down how far it has come. */
const noteEvery = 500

/** Which dependants a sweep reads. */
interface Depth {
  readonly readAt: EpochMillis
  /** Of all parents that it meets. */
  readonly walked: ReadonlySet<string>
  /** By type: of parents that have changed since then. */
  readonly changedSince: ReadonlyMap<string, EpochMillis>
}

export const makeSweep = (parts: SweepParts): ((swept: SweptRoot) => Effect.Effect<void, SweepError>) => {
  const { beginnings, findings, hydrator, inbox, overlapMs, provider, source, sweeper, unreads } = parts
  const { compare, idOf, note, stampOf } = findings

  /** The stamp that a parent had when its dependants were last read. */
  const childrenReadAt = new Map<string, number>()

  /** A type and those on the way to it from its list. */
  const leadsTo = (entity: string, wanted: (entity: string) => boolean): boolean =>
    wanted(entity) || childrenOf(provider, entity).some((child) => leadsTo(child, wanted))

  /**
   * Where a parent's stamp moves with its dependants, only the last move shows: a lost reply can hide behind a later
   * change. So the dependants of every parent that changed since the last sweep are read, once. Where nothing shows
   * which parents have news, those of all are, every so many sweeps.
   */
  const readChildren = (root: SweptRoot, entity: string, item: Item, depth: Depth): Effect.Effect<void, SweepError> =>
    Effect.forEach(
      childrenOf(provider, entity),
      (child) => {
        const id = idOf(entity, item)
        if (id === null) return Effect.void
        const all = provider.sweeps[child]!.parent!.which === "all"
        const stamp = stampOf(entity, item) ?? 0
        const thing: Thing = { entity, entityId: id, children: child }
        if (all) {
          if (!leadsTo(child, (type) => depth.walked.has(type)) || unreads.waits(thing, depth.readAt))
            return Effect.void
        } else {
          const since = depth.changedSince.get(child)
          if (since === undefined || stamp < since || childrenReadAt.get(`${child} ${id}`) === stamp) return Effect.void
        }
        const met = { readAt: depth.readAt, shower: "list", meetsThePast: true } as const
        const reading = (all ? sweeper : hydrator)
          .children(child, id, (childId, read) => {
            const named: Thing = { entity: child, entityId: childId, children: "" }
            if (unreads.waits(named, depth.readAt)) return Effect.succeed(null)
            // A failure of the inbox is kept in the stream's own channel.
            return unreads.attempt(named, read, findings.gone(child, childId, depth.readAt)) as Effect.Effect<
              Item | null,
              ProviderError
            >
          })
          .pipe(
            Stream.runForEach((dependant) =>
              Effect.zipRight(
                root.wanted.includes(child) ? compare(child, dependant, met) : Effect.void,
                readChildren(root, child, dependant, depth)
              )
            ),
            // A reply may be readable later than its parent: what was read too early is read once more.
            Effect.tap(() =>
              Effect.sync(() => {
                if (!all && depth.readAt - stamp >= readableWithinMs) childrenReadAt.set(`${child} ${id}`, stamp)
              })
            )
          )
        return unreads.attempt(thing, reading)
      },
      { discard: true }
    )

  /** What could not be read before, once more. */
  const tryAgain = (root: SweptRoot, depth: Depth): Effect.Effect<void, SweepError> =>
    Effect.forEach(
      unreads.due(depth.readAt).filter(({ children, entity }) => isBeneath(provider, root.root, children || entity)),
      (thing) => {
        const { children, entity, entityId } = thing
        const met = { readAt: depth.readAt, shower: "item", meetsThePast: true } as const
        const walked = new Set(root.wanted)
        const inDepth = { readAt: depth.readAt, walked, changedSince: new Map<string, number>() }
        if (children !== "") {
          const parent = { [provider.entities[entity]?.idField ?? "id"]: entityId }
          const changedSince = new Map([[children, 0]])
          childrenReadAt.delete(`${children} ${entityId}`)
          return readChildren(root, entity, parent, {
            ...inDepth,
            changedSince,
            walked: new Set([children, ...walked])
          })
        }
        return unreads
          .attempt(
            thing,
            Effect.flatMap(sweeper.get(entity, entityId), (item) =>
              Effect.zipRight(
                root.wanted.includes(entity) ? compare(entity, item, met) : Effect.void,
                readChildren(root, entity, item, inDepth)
              )
            ),
            findings.gone(entity, entityId, depth.readAt)
          )
          .pipe(Effect.asVoid)
      },
      { discard: true }
    )

  /** What a whole list does not have any more, although the state does, is gone if the API says so. */
  const findGone = (
    entity: string,
    listed: ReadonlySet<string>,
    readAt: EpochMillis
  ): Effect.Effect<void, SweepError> =>
    Effect.forEach(
      // What was pushed just now may be readable later: the next comparison tells.
      inbox
        .states(source, entity)
        .filter(
          ({ deleted, entityId, updatedAt }) =>
            !deleted && !listed.has(entityId) && readAt - (updatedAt ?? 0) >= readableWithinMs
        ),
      ({ entityId }) =>
        unreads.attempt(
          { entity, entityId, children: "" },
          Effect.flatMap(sweeper.get(entity, entityId), (item) =>
            compare(entity, item, { readAt, shower: "item", meetsThePast: false })
          ),
          findings.gone(entity, entityId, readAt)
        ),
      { discard: true }
    )

  return (root) =>
    Effect.gen(function* () {
      const entity = root.root
      const rule = provider.sweeps[entity]!
      const wanted = root.wanted.includes(entity)
      const started = yield* Clock.currentTimeMillis
      unreads.sweepBegins()
      yield* beginnings.begin(entity, root.wanted)
      const sweptTo = inbox.sweptTo(source, entity)
      const nth = inbox.sweepsOf(source, entity)
      const filled = (type: string) => inbox.filledAt(source, type) !== null
      const first = sweptTo === null || (wanted && !filled(entity))
      const depth = depthOf(parts, root, { started, sweptTo, nth })
      const walking = depth.walked.size > 0
      const dueForDeletions =
        parts.deletionsEvery !== undefined &&
        wanted &&
        rule.by !== "children" &&
        started - (inbox.comparedAt(source, entity) ?? 0) >= Duration.toMillis(parts.deletionsEvery)
      const whole = first || walking || dueForDeletions || (rule.wholeEvery !== null && nth % rule.wholeEvery === 0)
      const resumed = inbox.resumeFrom(source, entity)
      // A list by time that is to be whole is asked for from the beginning of time: without a time it may be a part.
      const fromStart = dueForDeletions && rule.by === "timeFilter" ? 0 : null
      // Dependants that are read more seldom look back to their own last time.
      const slowest = [...depth.changedSince].flatMap(([child, since]) =>
        root.slower[child] === undefined ? [] : [since]
      )
      const since = !whole && sweptTo !== null ? Math.min(sweptTo - overlapMs, ...slowest) : fromStart
      const from = resumed !== null && !dueForDeletions && rule.by === "timeFilter" ? resumed - overlapMs : since
      // The provider's own stamps say how far a sweep came: a clock of ours that jumps or is wrong moves nothing.
      let newest = sweptTo ?? 0
      const listed = new Set<string>()
      // As long as the list comes oldest change first, what is older than the last item is known when a sweep is cut off.
      let ascending = rule.by === "timeFilter"
      let last = 0
      const seen = (item: Item, id: string) => {
        const stamp = stampOf(entity, item) ?? 0
        ascending &&= stamp >= last
        last = stamp
        newest = Math.max(newest, stamp)
        listed.add(id)
      }
      const noteProgress = Effect.suspend(() =>
        ascending && last > 0 && listed.size % noteEvery === 0
          ? note("setResumeFrom", source, entity, last)
          : Effect.void
      )
      const met = { readAt: started, shower: "list", meetsThePast: first } as const
      const taken = (item: Item, what: Effect.Effect<void, SweepError>) =>
        Effect.suspend(() => {
          const id = idOf(entity, item)
          if (id === null)
            return unreads.skipped({ entity, fate: "refused", status: null, unexpected: `${entity} without an id` })
          seen(item, id)
          return Effect.zipRight(wanted ? what : Effect.void, readChildren(root, entity, item, depth))
        })
      const take = (item: Item) => taken(item, compare(entity, item, met))
      yield* tryAgain(root, depth)
      unreads.sweepBegins()
      yield* sweeper.changed(entity, from).pipe(Stream.runForEach((item) => Effect.zipRight(take(item), noteProgress)))
      // The plain list hides what was marked as spam, and what was deleted.
      if (!first && sweptTo !== null) {
        const hidden = (which: "spam" | "deleted", each: (item: Item) => Effect.Effect<void, SweepError>) =>
          !rule.hidden.includes(which)
            ? Effect.void
            : sweeper.changed(entity, sweptTo - overlapMs, which).pipe(
                Stream.runForEach(each),
                // A list that this key may not see hides the others from nobody.
                Effect.catchIf(
                  (error): error is ProviderError => error._tag === "ProviderError" && isRefusal(error),
                  (error) =>
                    unreads.skipped({ entity, fate: "refused", status: error.status, unexpected: unexpectedIn(error) })
                )
              )
        yield* hidden("spam", take)
        yield* hidden("deleted", (item) => taken(item, findings.listedAsDeleted(entity, item, started)))
      }
      const comparable = dueForDeletions || (whole && rule.wholeEvery !== null)
      if (comparable && !first && wanted) {
        yield* findGone(entity, listed, started)
        yield* note("setComparedAt", source, entity, started)
      }
      yield* parts.unreadable(root.root)
      for (const child of Object.keys(root.slower)) {
        if (!depth.changedSince.has(child) && !depth.walked.has(child)) continue
        yield* note("setSweptTo", source, child, newest === 0 ? started : newest)
        yield* note("setComparedAt", source, child, started)
      }
      for (const type of root.wanted) {
        const read = type === entity || depth.changedSince.has(type) || depth.walked.has(type)
        if (read && !filled(type)) yield* note("setFilledAt", source, type, started)
      }
      yield* note("setSweptTo", source, entity, newest === 0 ? started : newest)
    })
}

const isRefusal = (error: ProviderError): boolean => {
  const fate = fateOf(error)
  return fate === "refused" || fate === "gone"
}

const isBeneath = (provider: Provider, root: string, entity: string): boolean => {
  for (let at: string | undefined = entity; at !== undefined; at = provider.sweeps[at]?.parent?.entity)
    if (at === root) return true
  return false
}

/** Which dependants this sweep reads: those that are due, and those that were never read. */
const depthOf = (
  { inbox, overlapMs, provider, source }: SweepParts,
  root: SweptRoot,
  {
    nth,
    started,
    sweptTo
  }: { readonly started: EpochMillis; readonly sweptTo: EpochMillis | null; readonly nth: number }
): Depth => {
  // The first sweep fills the state; what did not change lately is not read in depth.
  const deepFrom = sweptTo === null ? started - root.every : sweptTo - overlapMs
  const walked = new Set<string>()
  const changedSince = new Map<string, EpochMillis>()
  for (const type of root.wanted) {
    const parent = provider.sweeps[type]?.parent
    if (parent === undefined) continue
    const slower = root.slower[type]
    const last = inbox.comparedAt(source, type)
    const slowIsDue = slower !== undefined && (last === null || started - last >= slower - root.every / 2)
    if (parent.which === "all") {
      const byCount = slower === undefined && root.walks !== null && nth % root.walks === 0
      if (slowIsDue || byCount || inbox.filledAt(source, type) === null) walked.add(type)
    } else if (slower === undefined) changedSince.set(type, deepFrom)
    else if (slowIsDue) {
      const own = inbox.sweptTo(source, type)
      changedSince.set(type, own === null ? deepFrom : own - overlapMs)
    }
  }
  return { readAt: started, walked, changedSince }
}

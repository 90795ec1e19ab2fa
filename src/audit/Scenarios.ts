/**
 * From an analysed recording to what the fast driver simulates: for each account its entities and changes, the pollers that
 * were found, the route that was planned. Changes come from the recording, or are given: the truth, or a file of them.
 */
import type { AccountNeeds, Analysis } from "../analysis/index.js"
import type { Judged } from "../domain/Poller.js"
import type { EpochMillis } from "../domain/Time.js"
import { isReplaced } from "../domain/Verdict.js"
import {
  cataloguedEndpoint,
  eventFor,
  exponential,
  freshworksProducts,
  type Provider,
  providerOf,
  tellsIdOnly
} from "../providers/index.js"
import {
  action,
  covered,
  drawsOf,
  type EntityTypeSpec,
  type FaultSpec,
  type ModelAccount,
  notCarried,
  type PollerSpec,
  pushes,
  type Scenario
} from "../replay/index.js"
import { modelOf } from "../simulator/index.js"
import { openDatabase } from "../store/index.js"
import type { FaultSettings } from "./Faults.js"
import {
  assumedField,
  lastDay,
  readRecording,
  type Timeline,
  type TimelineChange,
  timelineOf
} from "./RecordedChanges.js"

/** A change that was given: by whom it is known what really happened. */
export interface GivenChange extends Omit<TimelineChange, "byReply" | "fields"> {
  readonly account: string
  /** `null` where nobody says which changed. */
  readonly fields: ReadonlyArray<string> | null
}

export interface ScenarioSettings {
  readonly db: string
  readonly seed: number
  readonly reconcileSeconds: number
  readonly faults: FaultSettings
  /** Instead of what the recording tells. */
  readonly changes: ReadonlyArray<GivenChange> | null
}

interface Span {
  readonly from: EpochMillis
  readonly to: EpochMillis
}

/** Until a write is readable at most; what one call takes: the wire replay's stated model (docs/replay.md). */
const readLagMs = 800
const callMs = 150
const overlapMs = 120_000
const readableWithinMs = 30_000
/** Copies of a delivery come within the retries of its policy. */
const rememberMs = 6 * 3_600_000

export const scenariosOf = (analysis: Analysis, settings: ScenarioSettings): ReadonlyArray<ModelAccount> =>
  analysis.needs.flatMap((need) => {
    const provider = providerOf(need.product)
    return provider === null || need.events.length === 0 ? [] : [accountOf(analysis, need, provider, settings)]
  })

const accountOf = (
  analysis: Analysis,
  need: AccountNeeds,
  provider: Provider,
  settings: ScenarioSettings
): ModelAccount => {
  const window = lastDay(analysis.window)
  const { calls, versions } = readRecording(settings.db, need.account, window)
  const recorded = timelineOf(versions, calls, provider, window.from)
  const timeline =
    settings.changes === null ? recorded : givenTimeline(provider, settings.changes, need.account, recorded, window)
  const types = typesOf(provider, need)
  const table = tablesOf(
    before(timeline, types, need, provider.product, window, settings.seed),
    types,
    provider,
    need,
    carriesOf(provider.product)
  )
  const pollers = analysis.pollers.filter(({ account }) => account === need.account)
  const replaced = pollers.filter(isReplaced)
  const limits = analysis.rateLimits.find(({ account }) => account === need.account)
  const perHour = limits?.limitPerMinute == null
  const limit = perHour ? (limits?.limitPerHour ?? null) : limits.limitPerMinute
  const retryAfterMs = (
    provider.deliveryPolicies["brief"] ?? Object.values(provider.deliveryPolicies)[0]!
  ).retryAfterSeconds.map((seconds) => seconds * 1_000)
  const faults = faultsOf(settings.faults, window.from)
  const allowance = provider.allowances[need.route]
  const scenario: Scenario = {
    account: need.account,
    ...window,
    settledAt: settledAt(window.to, settings.reconcileSeconds * 1_000, types, retryAfterMs, faults, replaced),
    seed: settings.seed,
    types,
    entities: table.entities,
    changes: table.changes,
    stampMs: timeline.changes.every(({ updatedAt }) => updatedAt % 1_000 === 0) ? 1_000 : 1,
    readLagMs,
    callMs,
    pollers: replaced.map((poller) => pollerOf(poller, provider, need, types)),
    delivery: {
      retryAfterMs,
      allowance: allowance === undefined ? null : { requests: allowance.requests, period: allowance.period },
      bare: tellsIdOnly(provider, need.route),
      tellsMoment: need.route === "app",
      ackWithinMs: 5_000
    },
    receiver: {
      reconcileMs: settings.reconcileSeconds * 1_000,
      overlapMs,
      readableWithinMs,
      commitMs: 0,
      applyMs: 0,
      rememberMs
    },
    faults,
    limit: limit === null ? null : { calls: limit, periodMs: perHour ? 3_600_000 : 60_000 },
    keptPerMinute: keptPerMinute(settings.db, need.account, window, replaced, keptBy(analysis, need.account, window))
  }
  return { scenario, ids: table.ids, unseen: settings.changes === null ? unseenOf(replaced, provider, types) : [] }
}

/** The types that are looked after, and those beneath which they are read; parents before their dependants. */
export const typesOf = (
  provider: Provider,
  need: Pick<AccountNeeds, "route" | "entities">
): ReadonlyArray<EntityTypeSpec> => {
  const names: Array<string> = []
  const add = (name: string): void => {
    const parent = provider.sweeps[name]?.parent?.entity
    if (parent !== undefined) add(parent)
    if (!names.includes(name)) names.push(name)
  }
  for (const name of need.entities) add(name)
  return names.map((name) => {
    const sweep = provider.sweeps[name]!
    const tellsDeletion = provider.routes[need.route]?.[name]?.delete != null
    return {
      name,
      wanted: need.entities.includes(name),
      sweep,
      parent: sweep.parent === undefined ? -1 : names.indexOf(sweep.parent.entity),
      touches: provider.entities[name]?.touches !== undefined,
      deletionsShow: tellsDeletion || sweep.hidden.includes("deleted") || sweep.wholeEvery !== null
    }
  })
}

/**
 * What went before was like what comes: who was not seen before the window had changed last as long before it as the pace of
 * its type says; and who was never seen, because pollers asked for changes only, is there all the same.
 */
const before = (
  timeline: Timeline,
  types: ReadonlyArray<EntityTypeSpec>,
  need: Pick<AccountNeeds, "account" | "counts">,
  product: string,
  window: Span,
  seed: number
): Timeline => {
  const draw = drawsOf(seed, 0, need.account)("before the window")
  const entities = types.flatMap(({ name, parent }) => {
    const known = timeline.entities.filter(({ entity }) => entity === name)
    const made = timeline.changes.filter(({ action: what, entity }) => entity === name && what === "create").length
    const missing = parent === -1 ? Math.max(0, (need.counts[name] ?? 0) - known.length - made) : 0
    const changes = timeline.changes.filter(({ action: what, entity }) => entity === name && what === "update").length
    // Mean time from one change of an entity to its next.
    const paceMs = ((window.to - window.from) * (known.length + missing)) / Math.max(1, changes)
    const earlier = (): number => Math.floor((window.from - 1_000 - exponential(draw, paceMs)) / 1_000) * 1_000
    return [
      ...known.map((one) => (one.unknown === true ? { ...one, updatedAt: earlier() } : one)),
      ...Array.from({ length: missing }, (_, at) => ({
        entity: name,
        id: `unseen ${product} ${name} ${at + 1}`,
        updatedAt: earlier(),
        parent: null
      }))
    ]
  })
  return { entities, changes: timeline.changes }
}

/** What is given, over what the recording knows of before. */
const givenTimeline = (
  provider: Provider,
  given: ReadonlyArray<GivenChange>,
  account: string,
  recorded: Timeline,
  window: Span
): Timeline => {
  const changes = given
    .filter((change) => change.account === account && change.at >= window.from && change.at < window.to)
    .map((change) => ({
      ...change,
      fields: change.fields ?? [assumedField(provider, change.entity)],
      byReply: change.action === "update" && change.fields?.length === 0
    }))
    .sort((a, b) => a.at - b.at)
  const known = new Set(recorded.entities.map(({ entity, id }) => `${entity} ${id}`))
  const made = new Set(
    changes.flatMap(({ action: what, entity, id }) => (what === "create" ? [`${entity} ${id}`] : []))
  )
  const earlier: Array<Timeline["entities"][number]> = []
  for (const { entity, id, parent } of changes) {
    const name = `${entity} ${id}`
    if (known.has(name) || made.has(name)) continue
    known.add(name)
    earlier.push({ entity, id, updatedAt: window.from - 86_400_000, parent, unknown: true })
  }
  return {
    entities: [...recorded.entities.filter(({ entity, id }) => !made.has(`${entity} ${id}`)), ...earlier],
    changes
  }
}

/** Whether a push of the product carries a field: its payload as it is documented, where it is (simulator/…/Model.ts). */
export const carriesOf = (product: string): ((entity: string, field: string) => boolean) => {
  const known = freshworksProducts.find((name) => name === product)
  if (known === undefined) return () => true
  const { notPushed } = modelOf(known)
  return (entity, field) => !notPushed(entity).has(field.startsWith("custom_fields.") ? field.slice(0, 13) : field)
}

/** The columns that the fast driver takes, of a timeline. */
export const tablesOf = (
  timeline: Timeline,
  types: ReadonlyArray<EntityTypeSpec>,
  provider: Provider,
  need: Pick<AccountNeeds, "route" | "events">,
  carries: (entity: string, field: string) => boolean = () => true
): Pick<Scenario, "entities"> & {
  readonly changes: Extract<Scenario["changes"], { readonly count: number }>
  readonly ids: ReadonlyArray<string>
} => {
  const typeAt = new Map(types.map(({ name }, index) => [name, index]))
  const places = new Map<string, number>()
  const ids: Array<string> = []
  const type: Array<number> = []
  const stamp: Array<number> = []
  const above: Array<string | null> = []
  const place = (entity: string, id: string, parent: string | null, updatedAt: number): number => {
    const name = `${entity} ${id}`
    const known = places.get(name)
    if (known !== undefined) return known
    const of = typeAt.get(entity)!
    places.set(name, ids.length)
    ids.push(id)
    type.push(of)
    stamp.push(updatedAt)
    above.push(types[of]!.parent === -1 || parent === null ? null : `${types[types[of]!.parent]!.name} ${parent}`)
    return ids.length - 1
  }
  for (const { entity, id, parent, updatedAt } of timeline.entities)
    if (typeAt.has(entity)) place(entity, id, parent, updatedAt)

  const told = new Set<string>()
  const rows = timeline.changes.flatMap((change) => {
    const { action: what, at, entity, fields, id, parent, updatedAt } = change
    if (!typeAt.has(entity)) return []
    const event = eventFor(provider, need.route, entity, what, fields)
    const fires = event !== null && need.events.includes(event)
    const touches = provider.entities[entity]?.touches
    if (what === "create" && fires && touches !== undefined && parent !== null)
      told.add(`${touches.entity} ${parent} ${updatedAt}`)
    const moved = what === "update" && fields.length === 0
    return [
      {
        at,
        updatedAt,
        entity: place(entity, id, parent, what === "create" ? Number.NaN : at - 86_400_000),
        action: moved ? action.touch : action[what],
        fires: fires && !moved,
        name: `${entity} ${id} ${updatedAt}`,
        event,
        hidden: what === "update" && fields.length > 0 && !fields.every((field) => carries(entity, field))
      }
    ]
  })
  const count = ids.length
  // What is beneath something that is made in the window is made in it too, whatever was seen of it first.
  const first = new Map<number, number>()
  for (const [row, { entity }] of rows.entries()) if (!first.has(entity)) first.set(entity, row)
  for (const [at, name] of above.entries()) {
    const parent = name === null ? undefined : places.get(name)
    if (parent === undefined || !Number.isNaN(stamp[parent]!) || Number.isNaN(stamp[at]!)) continue
    stamp[at] = Number.NaN
    const row = first.get(at)
    if (row !== undefined) rows[row]!.action = action.create
  }
  // Where all parents are walked it does not matter to whom one belongs that the recording does not name.
  const walked = new Map<number, ReadonlyArray<number>>()
  types.forEach(({ parent, sweep }, index) => {
    if (sweep.parent?.which !== "all") return
    walked.set(
      index,
      type.flatMap((of, at) => (of === parent && !Number.isNaN(stamp[at]!) ? [at] : []))
    )
  })
  const anyParent = (at: number): number => {
    const candidates = walked.get(type[at]!)
    return candidates === undefined || candidates.length === 0 ? -1 : candidates[at % candidates.length]!
  }
  return {
    ids,
    entities: {
      count,
      type: Uint8Array.from(type),
      parent: Int32Array.from(above, (name, at) => (name === null ? undefined : places.get(name)) ?? anyParent(at)),
      stamp: Float64Array.from(stamp)
    },
    changes: {
      count: rows.length,
      at: Float64Array.from(rows, ({ at }) => at),
      stamp: Float64Array.from(rows, ({ updatedAt }) => updatedAt),
      entity: Int32Array.from(rows, ({ entity }) => entity),
      action: Uint8Array.from(rows, (row) => row.action),
      flags: Uint8Array.from(
        rows,
        ({ event, fires, hidden, name }) =>
          (fires ? pushes : 0) | (event !== null || told.has(name) ? covered : 0) | (hidden ? notCarried : 0)
      )
    }
  }
}

/** A poller as the analysis found it. How it asks for what is new, its query tells. */
const pollerOf = (
  poller: Judged,
  provider: Provider,
  need: AccountNeeds,
  types: ReadonlyArray<EntityTypeSpec>
): PollerSpec => {
  const [method, template] = poller.endpoint.split(" ", 2) as [string, string]
  const endpoint = cataloguedEndpoint(provider, method, template)
  const type = types.findIndex(({ name }) => name === endpoint?.entity)
  const lists = endpoint !== null && (endpoint.kind === "list" || poller.query.includes("@changes"))
  const since = endpoint?.timeFilter !== undefined && poller.query.includes(endpoint.timeFilter)
  const newest = /(?:sort|order_by)=updated_at/.test(poller.query) && /(?:sort|order)_type=desc/.test(poller.query)
  const mode =
    type === -1 || !lists ? "blind" : since || poller.query.includes("@changes") ? "since" : newest ? "newest" : "whole"
  const perVersion = poller.itemVersions === null ? 0 : poller.detailCalls / Math.max(1, poller.itemVersions)
  const below = types.filter(({ parent }) => parent === type)
  const details = mode !== "blind" && perVersion > 0
  const walks = details && below.some(({ sweep }) => sweep.parent?.which === "all")
  const readsChildren = details && !walks && below.some(({ name }) => need.entities.includes(name))
  return {
    name: `${poller.integration} (${poller.endpoint})`,
    type: mode === "blind" ? -1 : type,
    mode,
    everyMs: Math.max(1_000, poller.intervalSeconds * 1_000),
    jitterMs: poller.jitterSeconds * 1_000,
    phaseMs: null,
    perPage: Number(/per_page=(\d+)/.exec(poller.query)?.[1] ?? 30),
    endsShort: false,
    pages: mode === "blind" ? poller.calls / Math.max(1, poller.sweeps) : poller.pagesPerSweep,
    overlapMs: 60_000,
    detailCalls: walks ? 0 : Math.max(0, perVersion - (readsChildren ? 1 : 0)),
    readsChildren,
    walkCalls: walks ? poller.detailCalls / Math.max(1, poller.sweeps) : 0,
    replaced: true,
    adaptiveUpToMs: 0
  }
}

/** Changes that a later one overwrote before any poller could see them, by the estimated rates. */
const unseenOf = (
  replaced: ReadonlyArray<Judged>,
  provider: Provider,
  types: ReadonlyArray<EntityTypeSpec>
): ModelAccount["unseen"] =>
  types.flatMap(({ name }, type) => {
    const watching = replaced.flatMap(({ changeRate, endpoint, intervalSeconds }) => {
      const [method, template] = endpoint.split(" ", 2) as [string, string]
      return changeRate !== null && cataloguedEndpoint(provider, method, template)?.entity === name
        ? [{ changes: changeRate.overwritten, withinMs: intervalSeconds * 1_000 }]
        : []
    })
    // Whoever looks most often misses least.
    const [best] = watching.sort((a, b) => a.changes - b.changes)
    return best === undefined ? [] : [{ type, ...best }]
  })

const faultsOf = (faults: FaultSettings, from: EpochMillis): FaultSpec => ({
  drop: faults.drop,
  duplicate: faults.duplicate,
  reorder: faults.reorder,
  delay: faults.delay,
  slowAck: faults.slowAck,
  windows: faults.spans.map(({ afterSeconds, kind, seconds }) => ({
    kind,
    from: from + afterSeconds * 1_000,
    to: from + (afterSeconds + seconds) * 1_000
  })),
  restarts: faults.restarts.map((seconds) => from + seconds * 1_000),
  skewMs: faults.skewSeconds * 1_000
})

/** When all that may still come has come: the last try, a sweep of every kind, and one of each poller. */
const settledAt = (
  to: EpochMillis,
  reconcileMs: number,
  types: ReadonlyArray<EntityTypeSpec>,
  retryAfterMs: ReadonlyArray<number>,
  faults: FaultSpec,
  pollers: ReadonlyArray<Judged>
): EpochMillis => {
  const rarest = types.reduce((most, { sweep }) => Math.max(most, sweep.wholeEvery ?? 1, sweep.parent?.every ?? 1), 1)
  const tries = retryAfterMs.reduce((sum, wait) => sum + wait, 0)
  const slowest = pollers.reduce((most, { intervalSeconds }) => Math.max(most, intervalSeconds * 1_000), 0)
  const faultsEnd = faults.windows.reduce((last, window) => Math.max(last, window.to), to)
  return faultsEnd + Math.max(reconcileMs * (rarest + 1), tries, slowest) + 600_000 + reconcileMs
}

/** Calls that stay, as the forecast has them, in the replayed part of the window. */
const keptBy = (analysis: Analysis, account: string, window: Span): number => {
  const costs = analysis.accounts.find((one) => one.account === account)
  const share = (window.to - window.from) / Math.max(1, analysis.window.to - analysis.window.from)
  return Math.round((costs?.callsAfterBreakdown.kept ?? 0) * share)
}

/**
 * By minute of the window: calls of integrations that webhooks do not replace, writes included; and evenly those that others
 * make beside their polling.
 */
const keptPerMinute = (
  db: string,
  account: string,
  window: Span,
  replaced: ReadonlyArray<Judged>,
  kept: number
): Uint32Array => {
  const moving = new Set(replaced.map(({ integration }) => integration))
  const first = Math.floor(window.from / 60_000)
  const minutes = new Uint32Array(Math.floor((window.to - 1) / 60_000) - first + 1)
  const database = openDatabase(db, { mustExist: true })
  try {
    const rows = database
      .prepare(
        `SELECT s.integration, CAST(c.started_at / 60000 AS INTEGER) AS minute, count(*) AS calls
         FROM call c JOIN stream s ON s.id = c.stream WHERE s.account = ? AND c.started_at >= ? AND c.started_at < ?
         GROUP BY s.integration, minute`
      )
      .all(account, window.from, window.to) as Array<{ integration: string; minute: number; calls: number }>
    for (const { calls, integration, minute } of rows) if (!moving.has(integration)) minutes[minute - first]! += calls
    const others = Math.max(0, kept - minutes.reduce((sum, calls) => sum + calls, 0))
    for (let call = 0; call < others; call++) minutes[Math.floor(((call + 0.5) / others) * minutes.length)]! += 1
    return minutes
  } finally {
    database.close()
  }
}

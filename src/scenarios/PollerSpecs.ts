/** The pollers of a recording as the model takes them, the changes that they could not see, and the calls that stay. */
import type { AccountNeeds, Analysis } from "../analysis/index.js"
import type { PollerAssessment } from "../domain/Poller.js"
import { tunedAway } from "../domain/Verdict.js"
import { namedEndpoint, type Provider } from "../providers/index.js"
import type { EntityTypeSpec, ModelAccount, PollerSpec } from "../replay/index.js"
import { countCallsByMinute, openDatabase } from "../store/index.js"
import type { Window } from "../store/service.js"

/** A poller as the analysis found it. Its query tells how it asks for changes. */
export const pollerOf = (
  poller: PollerAssessment,
  provider: Provider,
  need: AccountNeeds,
  types: ReadonlyArray<EntityTypeSpec>
): PollerSpec => {
  const endpoint = namedEndpoint(provider, poller.endpoint)
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
export const unseenOf = (
  replaced: ReadonlyArray<PollerAssessment>,
  provider: Provider,
  types: ReadonlyArray<EntityTypeSpec>
): ModelAccount["unseen"] =>
  types.flatMap(({ name }, type) => {
    const watching = replaced.flatMap(({ changeRate, endpoint, intervalSeconds }) =>
      changeRate !== null && namedEndpoint(provider, endpoint)?.entity === name
        ? [{ changes: changeRate.overwritten, withinMs: intervalSeconds * 1_000 }]
        : []
    )
    // The poller that looks most often misses least.
    const [best] = watching.sort((a, b) => a.changes - b.changes)
    return best === undefined ? [] : [{ type, ...best }]
  })

/**
 * Calls that stay in the replayed part of the window: as the forecast has them, but pollers that could be tuned make
 * theirs as they are.
 */
export const keptBy = (analysis: Analysis, account: string, window: Window): number => {
  const costs = analysis.accounts.find((one) => one.account === account)
  const share = (window.to - window.from) / Math.max(1, analysis.window.to - analysis.window.from)
  if (costs === undefined) return 0
  const { kept, tuned } = costs.callsAfterBreakdown
  const away = tunedAway(analysis.pollers.filter((poller) => poller.account === account))
  return Math.round((kept + tuned + away) * share)
}

/**
 * By minute of the window: calls of integrations that webhooks do not replace, writes included; and evenly those that
 * others make beside their polling.
 */
export const keptPerMinute = (
  db: string,
  account: string,
  window: Window,
  replaced: ReadonlyArray<PollerAssessment>,
  kept: number
): Uint32Array => {
  const moving = new Set(replaced.map(({ integration }) => integration))
  const first = Math.floor(window.from / 60_000)
  const minutes = new Uint32Array(Math.floor((window.to - 1) / 60_000) - first + 1)
  const database = openDatabase(db, { mustExist: true, readsOnly: true })
  try {
    const rows = countCallsByMinute(database, account, window)
    for (const { calls, integration, minute } of rows) if (!moving.has(integration)) minutes[minute - first]! += calls
    const others = Math.max(0, kept - minutes.reduce((sum, calls) => sum + calls, 0))
    for (let call = 0; call < others; call++) minutes[Math.floor(((call + 0.5) / others) * minutes.length)]! += 1
    return minutes
  } finally {
    database.close()
  }
}

/**
 * Timelines completed: given changes in place of recorded ones, and the entities that no poller saw before the window.
 */
import type { AccountNeeds } from "../analysis/index.js"
import { exponentialQuantiles } from "../domain/Exponential.js"
import type { Provider } from "../providers/index.js"
import { type Draw, type EntityTypeSpec, randomStreams } from "../replay/index.js"
import type { Window } from "../store/service.js"
import { assumedField, type Timeline, type TimelineChange } from "./RecordedTimeline.js"

/** A change from a file, or from a simulated account's truth. */
export interface GivenChange extends Omit<TimelineChange, "byReply" | "fields"> {
  readonly account: string
  /** `null` if the changed fields are not known. */
  readonly fields: ReadonlyArray<string> | null
}

/** The given changes, over the entities that the recording shows before them. */
export const givenTimeline = (
  provider: Provider,
  given: ReadonlyArray<GivenChange>,
  account: string,
  recorded: Timeline,
  window: Window
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

/**
 * Adds the past, at the pace of the window. An entity that was not seen before the window changed last as long ago as
 * the pace of its type says. An entity that was never seen, because pollers asked for changes only, exists all the
 * same.
 */
export const completedTimeline = (
  timeline: Timeline,
  types: ReadonlyArray<EntityTypeSpec>,
  need: Pick<AccountNeeds, "account" | "counts">,
  product: string,
  window: Window,
  seed: number,
  /** The name of the nth entity that was never seen. */
  nameOf: (entity: string, n: number) => string = (entity, n) => `unseen ${product} ${entity} ${n}`
): Timeline => {
  const draw = randomStreams(seed, 0, need.account)("before the window")
  const entities = types.flatMap(({ name, parent }) => {
    const known = timeline.entities.filter(({ entity }) => entity === name)
    const made = timeline.changes.filter(({ action: what, entity }) => entity === name && what === "create").length
    const missing = parent === -1 ? Math.max(0, (need.counts[name] ?? 0) - known.length - made) : 0
    const changes = timeline.changes.filter(({ action: what, entity }) => entity === name && what === "update").length
    // Mean time from one change of an entity to its next.
    const paceMs = ((window.to - window.from) * (known.length + missing)) / Math.max(1, changes)
    // Each lag once, so that chance decides who changed last and not how many did: the first sweep's size hangs on
    // that.
    const lags = shuffled(
      exponentialQuantiles(known.filter(({ unknown }) => unknown === true).length + missing, paceMs),
      draw
    )
    const earlier = (): number => Math.floor((window.from - 1_000 - lags.pop()!) / 1_000) * 1_000
    return [
      ...known.map((one) => (one.unknown === true ? { ...one, updatedAt: earlier() } : one)),
      ...Array.from({ length: missing }, (_, at) => ({
        entity: name,
        id: nameOf(name, at + 1),
        updatedAt: earlier(),
        parent: null
      }))
    ]
  })
  return { entities, changes: timeline.changes }
}

const shuffled = (values: Array<number>, draw: Draw): Array<number> => {
  for (let at = values.length - 1; at > 0; at--) {
    const other = Math.floor(draw() * (at + 1))
    const value = values[at]!
    values[at] = values[other]!
    values[other] = value
  }
  return values
}

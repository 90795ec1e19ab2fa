/** The part of the checker that goes by entity: order, deletions, and whether what changed ever arrived. Pure. */
import type { Begin, History, LineOf } from "../../domain/History.js"
import type { Violation } from "./Violation.js"

interface Entity {
  readonly type: string
  readonly changes: Array<LineOf<"change">>
  /** Versions that came, with their moments, in order. */
  readonly arrivals: Array<{ readonly t: number; readonly updatedAt: number }>
  newest: number | null
  moment: number | null
  state: LineOf<"state"> | null
}

export const checkEntities = (begin: Begin, history: History): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = []
  const entities = new Map<string, Entity>()
  const seen = new Map<string, Set<string>>()
  const wrong = (rule: Violation["rule"], message: string, line: number | null): void => {
    violations.push({ rule, message, line })
  }
  const of = (type: string, id: string): Entity => {
    const key = `${type} ${id}`
    let known = entities.get(key)
    if (known === undefined) {
      known = { type, changes: [], arrivals: [], newest: null, moment: null, state: null }
      entities.set(key, known)
    }
    return known
  }

  const onApplied = (one: LineOf<"applied">, line: number): void => {
    const entity = of(one.entity, one.id)
    const name = `${one.entity} ${one.id}`
    if (one.updatedAt === null) return
    const { moment, newest } = entity
    const older =
      newest !== null &&
      (one.updatedAt < newest ||
        (one.updatedAt === newest && one.moment !== null && moment !== null && one.moment < moment))
    if (older && !one.late) wrong("order", `an older state of ${name} overwrote a newer one`, line)
    // A receiver's sweeps move stamps too, and leave no line in its inbox.
    if (one.late && begin.of !== "receiver" && (newest === null || one.updatedAt > newest))
      wrong("order", `a state of ${name} was left out as late, and was the newest`, line)
    if (one.late) return
    entity.newest = one.updatedAt
    entity.moment = one.moment
    entity.arrivals.push({ t: one.t, updatedAt: one.updatedAt })
  }

  history.forEach((one, index) => {
    const line = index + 1
    if (one.k === "change") of(one.entity, one.id).changes.push(one)
    else if (one.k === "applied") onApplied(one, line)
    else if (one.k === "refreshed" && one.updatedAt !== null) {
      const entity = of(one.entity, one.id)
      if (entity.newest !== null && one.updatedAt < entity.newest)
        wrong("order", `a sweep moved ${one.entity} ${one.id} backwards`, line)
      entity.newest = one.updatedAt
      entity.moment = null
      entity.arrivals.push({ t: one.t, updatedAt: one.updatedAt })
    } else if (one.k === "seen") {
      const key = `${one.poller} ${one.entity}`
      const versions = seen.get(key) ?? new Set()
      seen.set(key, versions.add(`${one.id} ${one.updatedAt}`))
    } else if (one.k === "state") of(one.entity, one.id).state = one
  })

  if (!begin.settled) return violations
  const shows = new Map(begin.types.map(({ deletionsShow, entity }) => [entity, deletionsShow]))
  for (const [name, entity] of entities) {
    const { changes, state, type } = entity
    const last = changes.at(-1)
    const deletionsShow = shows.get(type)
    if (last === undefined || deletionsShow === undefined) continue
    const isGone = last.action === "delete"
    if (state === null) {
      if (!isGone) wrong("lost", `${name} changed, and the receiver never heard of it`, null)
      continue // made and deleted before anybody could look: nothing of it is left to be held
    }
    if (isGone && deletionsShow && !state.deleted)
      wrong("deleted", `${name} is gone, and the receiver still holds it`, null)
    if (!isGone && state.deleted) wrong("deleted", `${name} is there, and the receiver holds it as deleted`, null)
    if (isGone) continue
    if ((state.updatedAt ?? 0) < (last.updatedAt ?? 0))
      wrong("lost", `the last change of ${name} neither arrived nor was found`, null)
    const content = changes.findLast(({ version }) => version !== undefined)?.version
    if (content !== undefined && state.version !== undefined && state.version !== content)
      wrong("lost", `${name} is held with the fields of version ${state.version}: they are at version ${content}`, null)
    // An earlier change is superseded by the one that came.
    for (const change of changes) {
      const arrived = entity.arrivals.some(({ t, updatedAt }) => t >= change.t && updatedAt >= (change.updatedAt ?? 0))
      if (!arrived) wrong("lost", `a change of ${name} at ${change.t} neither arrived nor was superseded`, null)
    }
    for (const { entity: listed, name: poller } of begin.pollers) {
      if (listed !== type) continue
      if (seen.get(`${poller} ${type}`)?.has(`${name.slice(type.length + 1)} ${last.updatedAt}`) !== true)
        wrong("polled", `${poller} never saw the last version of ${name}`, null)
    }
  }
  return violations
}

/** One entity, and the dependants of one, from the state. */
import type { EpochMillis } from "../../domain/Time.js"
import { readableAfterMs } from "../../policy/index.js"
import { plainBody, type WholeAnswer } from "../Answer.js"
import type { DependantsQuestion, ItemQuestion, Reason } from "../Question.js"
import type { Bodies } from "../state/Bodies.js"
import type { State } from "../state/State.js"

export interface SingleAnswer {
  readonly body: Buffer
  readonly asOf: EpochMillis
}

/** The answer, or why there is none. What is gone, or hidden, the provider says: no error is made from the state. */
export const answerItem = (
  state: State,
  bodies: Bodies,
  { endpoint, entity, id, source }: ItemQuestion,
  now: EpochMillis
): SingleAnswer | Reason => {
  const type = state.of(source, entity)
  if (type === null) return "endpoint"
  const asOf = state.asOf(source, entity, now)
  if (typeof asOf === "string") return asOf
  const row = type.rows.get(id)
  if (row === undefined) return "unknown"
  if (row.hidden) return "hidden"
  if (!type.isWhole(row)) return "incomplete"
  const text = bodies.of(source, entity, type, row, "item")
  if (text === null) return "shape"
  const { itemsAt } = endpoint
  return { body: Buffer.from(itemsAt === undefined ? text : `{${JSON.stringify(itemsAt)}:${text}}`, "utf8"), asOf }
}

interface KeptDependants {
  readonly body: Buffer
  /** All that had changed by then is in it. An edit or a deletion need not move the parent. */
  readonly asOf: EpochMillis
  readonly parentVersion: number
  readonly parentStamp: EpochMillis
}

const mostBytes = 64 * 1024 * 1024

/**
 * Answers about dependants that went through, kept for as long as nothing has told of their parent, and not beyond the
 * parent's bound: a reply moves it, and so does each push of a dependant.
 */
export class DependantAnswers {
  private readonly kept = new Map<string, KeptDependants>()
  private bytes = 0

  constructor(private readonly state: State) {}

  keep({ key, parent, source }: DependantsQuestion, answer: WholeAnswer, askedAt: EpochMillis): void {
    const row = this.state.of(source, parent.entity)?.rows.get(parent.id)
    // A read right behind a change may not show it.
    if (row === undefined || askedAt < Math.max(row.pushedAt ?? 0, row.stamp) + readableAfterMs) return
    const body = plainBody(answer)
    if (body === null) return
    const name = `${source} ${key}`
    this.forget(name)
    this.kept.set(name, { body, asOf: askedAt - readableAfterMs, parentVersion: row.version, parentStamp: row.stamp })
    this.bytes += body.length
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= mostBytes) break
      this.forget(oldest)
    }
  }

  of({ key, parent, source }: DependantsQuestion, now: EpochMillis): SingleAnswer | Reason {
    const type = this.state.of(source, parent.entity)
    const asOf = this.state.asOf(source, parent.entity, now)
    if (typeof asOf === "string") return asOf
    const row = type?.rows.get(parent.id)
    if (row === undefined) return "unknown"
    if (row.hidden) return "hidden"
    const kept = this.kept.get(`${source} ${key}`)
    if (kept === undefined) return "unknown"
    if (kept.parentVersion !== row.version || kept.parentStamp !== row.stamp || type?.marks.has(parent.id) === true)
      return "changed"
    if (now - kept.asOf > this.state.boundOf(source, parent.entity)) return "stale"
    return { body: kept.body, asOf: Math.min(asOf, kept.asOf) }
  }

  private forget(name: string): void {
    this.bytes -= this.kept.get(name)?.body.length ?? 0
    this.kept.delete(name)
  }
}

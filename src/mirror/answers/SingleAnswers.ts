/** One entity, and the dependants of one, from the state. */
import type { EpochMillis } from "../../domain/Time.js"
import { readableAfterMs } from "../../policy/index.js"
import { plainBody, type WholeAnswer } from "../Answer.js"
import type { DependantsQuestion, ItemQuestion, Reason } from "../Question.js"
import type { Bodies } from "../state/Bodies.js"
import type { Row } from "../state/Row.js"
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
  /** Of the parent: when a dependant last moved it, as far as pushes told, and its stamp. */
  readonly touchedAt: EpochMillis
  readonly stamp: EpochMillis
}

/** The stamps of a parent and of a dependant that moved it are nearly the same. */
const nearlyMs = 2_000

const mostBytes = 64 * 1024 * 1024

/**
 * Answers about dependants that went through, kept for as long as nothing has told of another dependant, and not beyond
 * the parent's bound. A reply moves its parent's stamp: a stamp that no push of the parent explains ends it too.
 */
export class DependantAnswers {
  private readonly kept = new Map<string, KeptDependants>()
  private bytes = 0

  constructor(private readonly state: State) {}

  /** `newest`: the newest stamp in the answer; 0 for none. */
  keep(
    { key, parent, source }: DependantsQuestion,
    answer: WholeAnswer,
    askedAt: EpochMillis,
    newest: EpochMillis
  ): void {
    const row = this.state.of(source, parent.entity)?.rows.get(parent.id)
    if (row === undefined || !showsAll(row, askedAt, newest)) return
    const body = plainBody(answer)
    if (body === null) return
    const name = `${source} ${key}`
    this.forget(name)
    this.kept.set(name, { body, asOf: askedAt - readableAfterMs, touchedAt: row.touchedAt, stamp: row.stamp })
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
    const explained = row.stamp === kept.stamp || row.stamp === row.stateStamp
    if (row.touchedAt !== kept.touchedAt || !explained || type?.marks.has(parent.id) === true) return "changed"
    if (now - kept.asOf > this.state.boundOf(source, parent.entity)) return "stale"
    return { body: kept.body, asOf: Math.min(asOf, kept.asOf) }
  }

  private forget(name: string): void {
    this.bytes -= this.kept.get(name)?.body.length ?? 0
    this.kept.delete(name)
  }
}

/** A read right behind a change may not show it, unless it shows what moved the parent. */
const showsAll = (row: Row, askedAt: EpochMillis, newest: EpochMillis): boolean => {
  const pushedAt = row.pushedAt ?? 0
  if (askedAt >= Math.max(pushedAt, row.stamp) + readableAfterMs) return true
  const explained = row.stamp === row.stateStamp || newest >= row.stamp - nearlyMs
  return askedAt > pushedAt && newest >= row.touchedAt - nearlyMs && explained
}

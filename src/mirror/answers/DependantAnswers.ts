/**
 * Answers about the dependants of an entity that went through, repeated for as long as all that pushes have told of
 * since is in them, and not beyond the parent's bound. A reply moves its parent's stamp: a stamp that no push of the
 * parent explains ends it too.
 */
import { dropOldest } from "../../domain/Bounded.js"
import { getOrMake } from "../../domain/Grouping.js"
import { isRecord } from "../../domain/Json.js"
import { isCut } from "../../domain/Shown.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import { readableAfterMs } from "../../policy/index.js"
import type { EntityType } from "../../providers/index.js"
import type { FedEntity } from "../../receiver/index.js"
import { itemsIn, jsonOf, plainBody, type WholeAnswer, withListed } from "../Answer.js"
import type { DependantsQuestion, Reason } from "../Question.js"
import type { Row } from "../state/Row.js"
import { type Fields, Shape } from "../state/Shape.js"
import type { State } from "../state/State.js"
import type { SingleAnswer } from "./ItemAnswers.js"

interface KeptDependants {
  readonly question: DependantsQuestion
  readonly body: Buffer
  /** All that had changed by then is in it. An edit or a deletion need not move the parent. */
  readonly asOf: EpochMillis
  /** Of the parent: when a dependant last moved it, as far as pushes told, and its stamp. */
  readonly touchedAt: EpochMillis
  readonly stamp: EpochMillis
}

/** One way of asking for dependants. */
interface Form {
  readonly question: DependantsQuestion
  /** The question's key for another parent. */
  readonly keyFor: (parent: string) => string
  /** The body of an answer without any; `undefined` while none was seen and it is no bare list. */
  readonly empty: unknown
}

const mostForms = 50
const mostEarly = 10_000

/** The stamps of a parent and of a dependant that moved it are nearly the same. */
const nearlyMs = 2_000

const mostBytes = 64 * 1024 * 1024

/** Dependants on a page, where the request does not say [docs]. */
const usualPage = 30

export class DependantAnswers {
  private readonly kept = new Map<string, KeptDependants>()
  /** Names of the kept answers about a parent. */
  private readonly about = new Map<string, Set<string>>()
  private readonly shapes = new Map<string, Shape>()
  /** Parents of which dependants were told before them. */
  private readonly early = new Set<string>()
  private readonly forms = new Map<string, Form>()
  private bytes = 0

  constructor(private readonly state: State) {
    state.onDependant = (...push) => this.takePush(...push)
    state.onNew = (source, entity, row) => this.takeNew(source, entity, row)
  }

  clear(): void {
    this.kept.clear()
    this.about.clear()
    this.bytes = 0
  }

  /** `newest`: the newest stamp in the answer; 0 for none. */
  keep(question: DependantsQuestion, answer: WholeAnswer, askedAt: EpochMillis, newest: EpochMillis): void {
    const { entity, parent, source } = question
    const row = this.state.of(source, parent.entity)?.rows.get(parent.id)
    const body = plainBody(answer)
    if (row === undefined || body === null || !showsAll(row, askedAt, newest)) return
    const shape = getOrMake(this.shapes, `${source} ${entity}`, () => new Shape())
    for (const item of itemsIn(question, jsonOf(answer))) if (isRecord(item)) shape.learn(item)
    this.learnForm(question, itemsIn(question, jsonOf(answer)).length, jsonOf(answer))
    this.put({ question, body, asOf: askedAt - readableAfterMs, touchedAt: row.touchedAt, stamp: row.stamp })
  }

  /** Learns how an answer without any dependant looks, for each way in which programs ask. */
  private learnForm(question: DependantsQuestion, count: number, body: unknown): void {
    const { endpoint, key, parent, source } = question
    const [path = "", search = ""] = key.split("?")
    const form = `${source} ${endpoint.template} ${search}`
    const at = path.lastIndexOf(`/${parent.id}/`)
    if (at === -1 || (this.forms.size >= mostForms && !this.forms.has(form))) return
    const keyFor = (id: string): string =>
      `${path.slice(0, at)}/${id}/${path.slice(at + parent.id.length + 2)}?${search}`
    const bare = question.endpoint.itemsAt === undefined ? [] : undefined
    this.forms.set(form, { question, keyFor, empty: count === 0 ? body : (this.forms.get(form)?.empty ?? bare) })
  }

  /** An entity that has just been made has no dependants but those that pushes tell of from then on. */
  private takeNew(source: string, entity: string, { createdAt, id, stamp, touchedAt }: Row): void {
    // Told late, it may have had some before.
    if (stamp - createdAt > nearlyMs || touchedAt > 0 || this.early.has(`${source} ${entity} ${id}`)) return
    for (const { empty, keyFor, question } of this.forms.values()) {
      if (question.source !== source || question.parent.entity !== entity || empty === undefined) continue
      const about = { ...question, key: keyFor(id), parent: { entity, id } }
      const body = Buffer.from(JSON.stringify(empty), "utf8")
      this.put({ question: about, body, asOf: createdAt, touchedAt, stamp })
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
    const explained =
      row.stamp === kept.stamp || row.stamp === row.stateStamp || Math.abs(row.stamp - row.touchedAt) <= nearlyMs
    if (row.touchedAt !== kept.touchedAt || !explained || type?.marks.has(parent.id) === true) return "changed"
    if (now - kept.asOf > this.state.boundOf(source, parent.entity)) return "stale"
    return { body: kept.body, asOf: Math.min(asOf, kept.asOf) }
  }

  /**
   * A push tells of a dependant: it joins the answers about its parent, or ends them where it does not show all of it.
   */
  private takePush(parent: string, type: EntityType, fed: FedEntity, told: Fields): void {
    const { entity } = type.touches!
    const about = `${fed.source} ${entity} ${parent}`
    if (this.state.of(fed.source, entity)?.rows.has(parent) === false) {
      this.early.delete(about)
      this.early.add(about)
      dropOldest(this.early, mostEarly)
    }
    const names = this.about.get(about)
    for (const name of [...(names ?? [])]) {
      const kept = this.kept.get(name)!
      const touchedAt = Math.max(kept.touchedAt, fed.updatedAt ?? 0)
      const body = kept.question.entity === type.name ? this.joined(kept, type, fed, told) : kept.body
      if (body === null) this.forget(name)
      else this.put({ ...kept, body, touchedAt })
    }
  }

  /** The answer with the dependant in it; `null` where the provider would show it in a way that is not known. */
  private joined({ body, question }: KeptDependants, type: EntityType, fed: FedEntity, told: Fields): Buffer | null {
    const shown: unknown = JSON.parse(body.toString("utf8"))
    const items = itemsIn(question, shown)
    if (fed.deleted || isCut(told) || hasAttachments(told) || !items.every(isRecord)) return null
    const at = items.findIndex((item) => String(item[type.idField]) === fed.entityId)
    const stampOf = (item: Fields, field: string): EpochMillis => parseTimestamp(item[field]) ?? 0
    if (at >= 0 && stampOf(items[at]!, type.updatedAtField) >= (fed.updatedAt ?? 0)) return body
    const text = this.shapes.get(`${question.source} ${question.entity}`)?.project(told)
    if (text == null) return null
    const next = at >= 0 ? items.with(at, JSON.parse(text)) : [...items, JSON.parse(text)]
    if (at < 0 && !comesLast(type, items, told)) return null
    // More than a page is cut.
    if (next.length > pageOf(question)) return null
    return Buffer.from(JSON.stringify(withListed(question, shown, next)), "utf8")
  }

  private put(kept: KeptDependants): void {
    const { key, parent, source } = kept.question
    const name = `${source} ${key}`
    this.forget(name)
    this.kept.set(name, kept)
    getOrMake(this.about, `${source} ${parent.entity} ${parent.id}`, () => new Set<string>()).add(name)
    this.bytes += kept.body.length
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= mostBytes) break
      this.forget(oldest)
    }
  }

  private forget(name: string): void {
    const kept = this.kept.get(name)
    if (kept === undefined) return
    const { parent, source } = kept.question
    const about = `${source} ${parent.entity} ${parent.id}`
    this.bytes -= kept.body.length
    this.kept.delete(name)
    this.about.get(about)?.delete(name)
    if (this.about.get(about)?.size === 0) this.about.delete(about)
  }
}

/** Whether a new one stands behind the others: they rise by id or by creation, and it is newer than all. */
const comesLast = ({ createdAtField, idField }: EntityType, items: ReadonlyArray<Fields>, told: Fields): boolean => {
  const ids = [...items, told].map((item) => Number(item[idField]))
  const created = [...items, told].map((item) => parseTimestamp(item[createdAtField]) ?? Number.NaN)
  const newest = created.at(-1)!
  return created.every((stamp) => stamp <= newest) && (isRising(ids) || isRising(created))
}

const isRising = (values: ReadonlyArray<number>): boolean =>
  values.every((value, n) => n === 0 || value >= values[n - 1]!)

const pageOf = ({ key }: DependantsQuestion): number =>
  Number(new URLSearchParams(key.slice(key.indexOf("?"))).get("per_page") ?? usualPage)

/** The address of an attachment is made for each answer. */
const hasAttachments = ({ attachments = [] }: Fields): boolean => !Array.isArray(attachments) || attachments.length > 0

/** A read right behind a change may not show it, unless it shows what moved the parent. */
const showsAll = (row: Row, askedAt: EpochMillis, newest: EpochMillis): boolean => {
  const pushedAt = row.pushedAt ?? 0
  if (askedAt >= Math.max(pushedAt, row.stamp) + readableAfterMs) return true
  const explained = row.stamp === row.stateStamp || newest >= row.stamp - nearlyMs
  return askedAt > pushedAt && newest >= row.touchedAt - nearlyMs && explained
}

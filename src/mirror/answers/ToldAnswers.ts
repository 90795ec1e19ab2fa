/**
 * Answers about dependants that move no stamp of their parent's. They are repeated until a push, or a reading of
 * reconciliation, tells of something that they do not show, and not beyond the bound of their own type.
 */
import { getOrMake } from "../../domain/Grouping.js"
import { isRecord } from "../../domain/Json.js"
import { same } from "../../domain/Shown.js"
import type { EpochMillis } from "../../domain/Time.js"
import { readableAfterMs } from "../../policy/index.js"
import { type CatalogueEndpoint, dependantRulesOf, type Provider } from "../../providers/index.js"
import type { FedEntity } from "../../receiver/index.js"
import { itemsIn, jsonOf, plainBody, type WholeAnswer } from "../Answer.js"
import type { Reason, ToldQuestion } from "../Question.js"
import type { Fields } from "../state/Shape.js"
import type { MirroredSource, State } from "../state/State.js"
import { hasMore } from "./Envelopes.js"
import type { SingleAnswer } from "./ItemAnswers.js"

interface KeptTold {
  readonly question: ToldQuestion
  readonly body: Buffer
  readonly askedAt: EpochMillis
}

/** A change that was told of late: an answer that was asked for right behind it may not show it. */
interface News {
  readonly at: EpochMillis
  /** `null` where it is not known what it is. */
  readonly id: string | null
  readonly shown: Fields | null
}

const mostBytes = 64 * 1024 * 1024

export class ToldAnswers {
  private readonly kept = new Map<string, KeptTold>()
  /** Names of the kept answers about a parent. */
  private readonly about = new Map<string, Set<string>>()
  /** By parent; by type where the parent is not known. */
  private readonly news = new Map<string, Array<News>>()
  private bytes = 0

  constructor(
    private readonly state: State,
    sources: (source: string) => Provider | null
  ) {
    state.onTold = (fed, shown, at) => {
      const provider = sources(fed.source)
      if (provider !== null) this.takeNews(provider, fed, shown, at)
    }
  }

  clear(): void {
    this.kept.clear()
    this.about.clear()
    this.bytes = 0
  }

  /** The provider has answered someone who may see everything. */
  keep(question: ToldQuestion, answer: WholeAnswer, askedAt: EpochMillis): void {
    const name = nameOf(question)
    this.forget(name)
    const body = plainBody(answer)
    // Pages are of one moment only where there is one.
    if (body === null || hasMore(question, answer)) return
    if (!this.showsNews(question, itemsIn(question, jsonOf(answer)), askedAt)) return
    this.kept.set(name, { question, body, askedAt })
    getOrMake(this.about, parentKey(question), () => new Set<string>()).add(name)
    this.bytes += body.length
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= mostBytes) break
      this.forget(oldest)
    }
  }

  of(question: ToldQuestion, now: EpochMillis): SingleAnswer | Reason {
    const { entity, parent, source } = question
    const complete = this.state.asOf(source, entity, now)
    if (typeof complete === "string") return complete
    const type = this.state.of(source, parent.entity)
    const row = type?.rows.get(parent.id)
    const kept = this.kept.get(nameOf(question))
    if (row === undefined || kept === undefined) return "unknown"
    if (row.hidden) return "hidden"
    const asOf = kept.askedAt - readableAfterMs
    const mark = type?.marks.get(parent.id)
    if (mark !== undefined && mark.at >= asOf) return "changed"
    if ((this.state.of(source, entity)?.distrustedUntil ?? 0) >= kept.askedAt) return "distrusted"
    return now - asOf > this.state.boundOf(source, entity) ? "stale" : { body: kept.body, asOf }
  }

  /** A write goes out, or has been answered. */
  takeWrite(
    { name: source, provider }: MirroredSource,
    endpoint: CatalogueEndpoint | null,
    subject: string | null,
    at: EpochMillis
  ): void {
    const entity = endpoint?.entity ?? null
    const type = entity === null ? undefined : provider.entities[entity]
    if (endpoint?.kind !== "write" || entity === null || type === undefined) {
      for (const rule of dependantRulesOf(provider)) this.forgetAll(source, rule.entity, at)
      return
    }
    // Beneath a parent: it is in the path.
    const beneath = /\/\{\w+\}\/\w+$/.test(endpoint.template)
    if (type.parent !== undefined && beneath && subject !== null) {
      const key = `${source} ${entity} ${subject}`
      this.note(key, { at, id: null, shown: null })
      this.forgetAbout(key)
    } else if (endpoint.method !== "PUT") this.forgetAll(source, entity, at)
  }

  private takeNews(provider: Provider, fed: FedEntity, shown: Fields | null, at: EpochMillis): void {
    const { entity, entityId: id, source } = fed
    const field = provider.entities[entity]?.parent?.idField
    const parent = field === undefined ? undefined : shown?.[field]
    if (typeof parent !== "string" && typeof parent !== "number") return this.forgetAll(source, entity, at)
    const key = `${source} ${entity} ${parent}`
    const one = { at, id, shown: fed.deleted ? null : shown }
    this.note(key, one)
    for (const name of [...(this.about.get(key) ?? [])]) {
      const { body, question } = this.kept.get(name)!
      if (!shows(question, itemsIn(question, JSON.parse(body.toString("utf8"))), one)) this.forget(name)
    }
  }

  /** Whether an answer shows all that was told when it was asked for, or came so much later that it has to. */
  private showsNews(question: ToldQuestion, items: ReadonlyArray<unknown>, askedAt: EpochMillis): boolean {
    const { loadedAt } = this.state
    // Changes that were told before the start are not known.
    if (loadedAt === null || askedAt <= loadedAt + readableAfterMs) return false
    const { entity, source } = question
    const late = [this.news.get(parentKey(question)), this.news.get(`${source} ${entity}`)].flatMap((one) => one ?? [])
    return late.every((one) => one.at + readableAfterMs < askedAt || shows(question, items, one))
  }

  private note(key: string, one: News): void {
    for (const [other, list] of this.news) {
      const left = list.filter(({ at }) => one.at <= at + 2 * readableAfterMs)
      if (left.length === list.length) break
      if (left.length === 0) this.news.delete(other)
      else this.news.set(other, left)
    }
    const before = this.news.get(key) ?? []
    // Behind the others: they are looked through from the oldest on.
    this.news.delete(key)
    this.news.set(key, [...before, one])
  }

  private forgetAll(source: string, entity: string, at: EpochMillis): void {
    const key = `${source} ${entity}`
    this.note(key, { at, id: null, shown: null })
    for (const about of [...this.about.keys()]) if (about.startsWith(`${key} `)) this.forgetAbout(about)
  }

  private forgetAbout(key: string): void {
    for (const name of [...(this.about.get(key) ?? [])]) this.forget(name)
  }

  private forget(name: string): void {
    const kept = this.kept.get(name)
    if (kept === undefined) return
    this.bytes -= kept.body.length
    this.kept.delete(name)
    const key = parentKey(kept.question)
    this.about.get(key)?.delete(name)
    if (this.about.get(key)?.size === 0) this.about.delete(key)
  }
}

const nameOf = ({ key, source }: ToldQuestion): string => `${source} ${key}`
const parentKey = ({ entity, parent, source }: ToldQuestion): string => `${source} ${entity} ${parent.id}`

/** Whether an answer shows something told of as it is. A list of names shows which there are. */
const shows = ({ rule }: ToldQuestion, items: ReadonlyArray<unknown>, { id, shown }: News): boolean => {
  if (id === null) return false
  const item = items.find((one) => isRecord(one) && String(one[rule.idField]) === id)
  if (shown === null) return item === undefined
  if (!isRecord(item)) return false
  return (
    rule.namesOnly || Object.keys(item).every((name) => !Object.hasOwn(shown, name) || same(shown[name], item[name]))
  )
}

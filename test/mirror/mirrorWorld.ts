/**
 * A simulated account, a receiver's state of it, and a mirror before both, without sockets and under a clock that the
 * test moves. The receiver is a small one of this test's own: pushes lack what real pushes lack, sweeps read the lists.
 */
import { createHash } from "node:crypto"
import type { IncomingMessage } from "node:http"
import type { Decision, Target, WholeAnswer } from "../../src/capture/index.js"
import { parseTimestamp } from "../../src/domain/Time.js"
import { Cursors } from "../../src/mirror/answers/Cursors.js"
import { Walks } from "../../src/mirror/answers/Walks.js"
import { WholeReaders } from "../../src/mirror/answers/WholeReaders.js"
import { Hydrating } from "../../src/mirror/Hydrating.js"
import { Marks } from "../../src/mirror/Marks.js"
import { makeMirror } from "../../src/mirror/Mirror.js"
import { Principals } from "../../src/mirror/Principals.js"
import { Sights } from "../../src/mirror/sight/Sights.js"
import { Bodies } from "../../src/mirror/state/Bodies.js"
import { Embeds } from "../../src/mirror/state/Embeds.js"
import { State } from "../../src/mirror/state/State.js"
import { Tallies } from "../../src/mirror/Tallies.js"
import { dependantRulesOf, type ListRule, listsOf, type Provider, searchesOf } from "../../src/providers/index.js"
import type { Completeness, FedEntity, PushSigns, StateFeed } from "../../src/receiver/index.js"
import type { SimulatedProduct, SimulatedProductName } from "../../src/simulator/Product.js"
import type { Change } from "../../src/simulator/WorldModel.js"
import type { MirrorMark } from "../../src/store/index.js"
import { inProcess, type ManualTime, manualTime } from "../support/inProcess.js"
import { readPages } from "./readPages.js"

export const source = "acme"
export const ownKey = "own-key"
/** 2026-11-27 10:00:00. */
export const start = Date.UTC(2026, 10, 27, 10)

type Fields = Readonly<Record<string, unknown>>

/** A push has told of it in part. */
const inPart = (at: number) => ({ pushedAt: at, carriedSince: null, carried: [] })

/** A receiver's state, as the mirror's feed shows it. */
export class SmallReceiver implements StateFeed {
  private readonly rows = new Map<string, FedEntity>()
  private readonly complete = new Map<string, Completeness>()
  private version = 0
  private seen = -1
  private writes = 0
  /** In every which of its sweeps it walks: what it says of itself. */
  walksEvery = 6
  alive = true
  /** Calls that its sweeps made. */
  calls = 0
  unapplied: number | null = null
  backAt: number | null = null

  constructor(
    private readonly product: SimulatedProduct,
    private readonly time: ManualTime,
    private readonly everyMs: number
  ) {}

  changed(): boolean {
    const changed = this.writes !== this.seen
    this.seen = this.writes
    return changed
  }
  after(version: number, limit: number): ReadonlyArray<FedEntity> {
    return [...this.rows.values()]
      .filter((row) => row.version > version)
      .sort((a, b) => a.version - b.version)
      .slice(0, limit)
  }
  find(of: string, entity: string, id: string): FedEntity | null {
    return this.rows.get(`${of} ${entity} ${id}`) ?? null
  }
  completeness(): ReadonlyArray<Completeness> {
    return [...this.complete.values()]
  }
  unread(): [] {
    return []
  }
  receiver() {
    this.writes += 1
    return { beatAt: this.alive ? this.time.now() : null, oldestUnapplied: this.unapplied, backAt: this.backAt }
  }
  /** Of all types. */
  pushed = true
  subscribed: PushSigns["subscribed"] = []
  /** When a delivery was last refused. */
  refusedAt: number | null = null
  pushes(): PushSigns {
    const entities = this.pushed ? Object.keys(this.product.provider.entities) : []
    return {
      subscribed: this.subscribed,
      types: entities.map((entity) => ({ source, entity, lastAt: this.time.now() })),
      unsubscribed: [],
      refused: this.refusedAt === null ? [] : [{ source, lastAt: this.refusedAt, reason: "wrong" }]
    }
  }
  /** What was counted of its pushes, and what its sweeps found. */
  slots: ReturnType<StateFeed["pushSlots"]> = []
  found: ReturnType<StateFeed["healed"]> = []
  pushSlots(): ReturnType<StateFeed["pushSlots"]> {
    return this.slots
  }
  healed(after: number): ReturnType<StateFeed["healed"]> {
    return this.found.filter(({ updatedAt }) => updatedAt > after)
  }
  fingerprintKey(): Buffer {
    return Buffer.alloc(32, 7)
  }
  close(): void {}

  /** A push: without custom fields, and of a moment that may be past. */
  push(entity: string, record: Fields, deleted: boolean, changed: ReadonlyArray<string> | null = null): void {
    const { custom_fields: _, deleted: __, ...pushed } = record
    const type = this.product.provider.entities[entity]!
    const id = String(record[type.idField])
    const stamp = parseTimestamp(record[type.updatedAtField]) ?? 0
    const known = this.find(source, entity, id)
    const carries = changed?.every((name) => name in pushed) === true
    if (known !== null && stamp < (known.updatedAt ?? 0)) {
      if (!carries) this.put({ ...known, ...inPart(this.time.now()) })
      return
    }
    const text = JSON.stringify({ ...(known === null ? {} : JSON.parse(known.text!)), ...pushed })
    const { touches } = type
    const parent = touches === undefined ? null : this.find(source, touches.entity, String(record[touches.idField]))
    if (parent !== null)
      this.put({ ...parent, ...inPart(this.time.now()), touchedAt: Math.max(parent.touchedAt ?? 0, stamp) })
    this.put({
      version: 0,
      source,
      entity,
      entityId: id,
      updatedAt: stamp,
      deleted,
      touchedAt: known?.touchedAt ?? null,
      ...(carries && known !== null && !known.deleted
        ? {
            pushedAt: known.pushedAt,
            carriedSince: known.carriedSince ?? known.version,
            carried: [...new Set([...known.carried, ...Object.keys(pushed)])]
          }
        : inPart(this.time.now())),
      text
    })
  }

  /** Reads the lists of all types, spam and deleted tickets too. `walks`: also what is beneath them. */
  sweep(walks = true): void {
    const began = this.time.now()
    const { provider } = this.product
    const read = (template: string, query: Readonly<Record<string, string>>) => {
      const get = (path: string, parameters: URLSearchParams): unknown => {
        this.calls += 1
        return this.product.handle({
          method: "GET",
          path,
          query: parameters,
          body: undefined,
          authorization: authorizationOf(this.product, ownKey),
          origin: ""
        }).body
      }
      return readPages(get, provider.product, template, query, ownPaging(provider))
    }
    for (const rule of rulesOf(provider)) {
      const list = rule.views === null ? rule.template : rule.template.replace("{id}", String(allViews[rule.entity]))
      const since = timeFilterOf(this.product, rule.template)
      const all: Readonly<Record<string, string>> = {
        ...(since === null ? {} : { [since]: "2000-01-01T00:00:00Z" }),
        ...(rule.partBy === null ? {} : { [rule.partBy]: "0" }),
        ...rule.fixed
      }
      for (const hidden of rule.hiddenBy.includes("spam") ? ["", "spam", "deleted"] : [""])
        for (const record of read(list, { ...all, ...(hidden === "" ? {} : { filter: hidden }) }))
          if (this.isRead(rule.entity, record, walks)) this.takeListed(rule.entity, record)
      const deleted = provider.described?.entities[rule.entity]?.list?.mirror?.deleted
      if (typeof deleted === "object")
        for (const record of read(list, { ...all, ...deleted.parameters })) this.takeListed(rule.entity, record, true)
      const compares = since === null || dependantRulesOf(provider).length > 0 || deleted === "absent"
      if (compares && walks) this.findGone(rule.entity, read(list, rule.fixed))
      this.setComplete(rule.entity, began, this.everyMs, compares && walks)
    }
    if (walks) this.walk(read, began)
    this.writes += 1
  }

  /** As though it had changed last before the first sweep's reach. */
  forget(entity: string, id: string): void {
    this.rows.delete(`${source} ${entity} ${id}`)
  }

  /** Reads what moves no stamp: beneath each user its conversations, beneath each of these its messages. */
  private walk(
    read: (path: string, query: Readonly<Record<string, string>>) => ReadonlyArray<Fields>,
    began: number
  ): void {
    const rules = dependantRulesOf(this.product.provider)
    if (rules.length === 0) return
    const idsOf = (entity: string): ReadonlyArray<string> =>
      [...this.rows.values()].filter((row) => row.entity === entity && !row.deleted).map(({ entityId }) => entityId)
    for (const user of idsOf("user"))
      for (const { id } of read(`/v2/users/${user}/conversations`, {}))
        for (const record of read(`/v2/conversations/${String(id)}`, {})) this.takeListed("conversation", record)
    for (const conversation of idsOf("conversation"))
      for (const record of read(`/v2/conversations/${conversation}/messages`, {})) this.takeListed("message", record)
    for (const { entity } of rules) this.setComplete(entity, began, this.everyMs * this.walksEvery, true)
  }

  /** A list that comes newest first is read down to what is known, unless it is read whole. */
  private isRead(entity: string, record: Fields, whole: boolean): boolean {
    const { provider } = this.product
    if (whole || provider.sweeps[entity]?.by !== "newestFirst") return true
    const stamp = parseTimestamp(record[provider.entities[entity]!.updatedAtField]) ?? 0
    return stamp >= (this.complete.get(entity)?.completeAt ?? 0) - 60_000
  }

  private setComplete(entity: string, began: number, everyMs: number, compared: boolean): void {
    const before = this.complete.get(entity)
    this.complete.set(entity, {
      source,
      entity,
      completeAt: began,
      everyMs,
      reach: 0,
      filledAt: before?.filledAt ?? began,
      comparedAt: compared ? began : (before?.comparedAt ?? null)
    })
  }

  /** Puts a state in place of another, as no push and no sweep would. */
  corrupt(row: FedEntity): void {
    this.put(row)
  }

  private takeListed(entity: string, record: Fields, gone = false): void {
    const type = this.product.provider.entities[entity]!
    const id = String(record[type.idField])
    const stamp = parseTimestamp(record[type.updatedAtField]) ?? 0
    const known = this.find(source, entity, id)
    if (known !== null && stamp < (known.updatedAt ?? 0)) return
    const merged = { ...(known === null ? {} : JSON.parse(known.text!)), ...record }
    const text = JSON.stringify(merged)
    const deleted = gone || record["deleted"] === true
    if (known !== null && known.updatedAt === stamp && known.text === text && known.deleted === deleted) return
    this.put({
      version: 0,
      source,
      entity,
      entityId: id,
      updatedAt: stamp,
      deleted,
      touchedAt: known?.touchedAt ?? null,
      pushedAt: known?.pushedAt ?? null,
      carriedSince: null,
      carried: [],
      text
    })
  }

  private findGone(entity: string, listed: ReadonlyArray<Fields>): void {
    const { idField } = this.product.provider.entities[entity]!
    const ids = new Set(listed.map((record) => String(record[idField])))
    for (const row of this.rows.values())
      if (row.entity === entity && !row.deleted && !ids.has(row.entityId)) this.put({ ...row, deleted: true })
  }

  private put(row: FedEntity): void {
    this.version += 1
    this.writes += 1
    this.rows.set(`${row.source} ${row.entity} ${row.entityId}`, { ...row, version: this.version })
  }
}

/** One for each type: Freshsales has two paths of the same API. */
const rulesOf = (provider: Provider): ReadonlyArray<ListRule> =>
  listsOf(provider).filter(({ entity }, at, all) => all.findIndex((other) => other.entity === entity) === at)

/** How the lists of a product of one's own are paged. */
const ownPaging = ({ described }: Provider) =>
  described === undefined ? undefined : { ...described.paging, size: described.paging.maxPerPage }

/** The simulator's views of all. */
export const allViews: Readonly<Record<string, number>> = { contact: 4002, deal: 4012, sales_account: 4022 }

const timeFilterOf = ({ provider }: SimulatedProduct, template: string): string | null =>
  provider.endpoints.find((endpoint) => endpoint.kind === "list" && endpoint.template === template)?.timeFilter ?? null

export const authorizationOf = ({ provider }: SimulatedProduct, key: string): string =>
  provider.defaultScheme === "basic"
    ? `Basic ${Buffer.from(`${key}:X`).toString("base64")}`
    : provider.defaultScheme === "token"
      ? `Token token=${key}`
      : `Bearer ${key}`

/** A reply with all fields that the API shows. */
export const replyTo = (ticket: number, text = "r"): Fields => ({
  body: `<div>${text}</div>`,
  body_text: text,
  incoming: true,
  private: false,
  user_id: 1001,
  source: 0,
  ticket_id: ticket
})

export interface Asked {
  readonly from: "state" | "provider"
  readonly reason: string
  readonly status: number
  readonly body: unknown
  readonly link: string | null
  readonly age: number | null
  readonly headers: WholeAnswer["headers"]
}

export interface MadeAccount extends Pick<SimulatedProduct, "handle" | "provider"> {
  readonly world: Pick<SimulatedProduct["world"], "change" | "read" | "readable" | "truth">
}

export interface WorldOptions {
  readonly product?: SimulatedProductName
  /** An account of a product of one's own, in place of a simulated one. */
  readonly made?: (time: ManualTime) => MadeAccount
  readonly seed?: number
  readonly entities?: number
  readonly everyMs?: number
  readonly dark?: boolean
  readonly verify?: number
  readonly recheckMs?: number
  /** Whether callers with other keys are looked at. */
  readonly samples?: boolean
  /** Keys of those who see a part only. */
  readonly restricted?: ReadonlySet<string>
  readonly revoked?: ReadonlySet<string>
  /** All integrations, or the one of that name. */
  readonly wholePages?: boolean | string
  readonly readLagMs?: number
  readonly searchLagMs?: number
  readonly workspaces?: number
  /** Whether the mirror can ask for the account's views itself. */
  readonly readsViews?: boolean
  /** The mirror's address for its clients; the provider's unless given. */
  readonly origin?: string
  /** Told of failures of the mirror's own; the test fails without it. */
  readonly onFailure?: (error: unknown) => void
}

export const mirrorWorld = (options: WorldOptions = {}) => {
  const time = manualTime(start)
  const made = options.made?.(time) as SimulatedProduct | undefined
  const product =
    made ??
    inProcess(options.product ?? "freshdesk", {
      seed: options.seed ?? 1,
      entities: options.entities ?? 60,
      time,
      ...(options.restricted === undefined ? {} : { restricted: options.restricted }),
      ...(options.revoked === undefined ? {} : { revoked: options.revoked }),
      ...(options.workspaces === undefined ? {} : { workspaces: options.workspaces }),
      ...(options.readLagMs === undefined ? {} : { readLagMs: options.readLagMs }),
      ...(options.searchLagMs === undefined ? {} : { searchLagMs: options.searchLagMs })
    })
  const receiver = new SmallReceiver(product, time, options.everyMs ?? 4 * 3_600_000)
  const wrong: Array<string> = []
  /** Callers that were shown to see everything, or contradicted. */
  const told: Array<string> = []
  let random = () => 1
  let calls = 0

  const direct = (method: string, target: string, key: string | null, body?: unknown): WholeAnswer => {
    calls += 1
    const [path = "", search = ""] = target.split("?")
    const answer = product.handle({
      method,
      path,
      query: new URLSearchParams(search),
      body,
      authorization: key === null ? undefined : authorizationOf(product, key),
      origin: "http://provider"
    })
    return {
      status: answer.status,
      headers: { "content-type": "application/json", ...answer.headers },
      body: Buffer.from(answer.body === undefined ? "" : JSON.stringify(answer.body))
    }
  }

  const hydrationList = async (
    entity: string,
    since: number,
    embedded: ReadonlyArray<string>
  ): Promise<ReadonlyArray<unknown>> => {
    const rule = listsOf(product.provider).find((one) => one.entity === entity)!
    const query = new URLSearchParams({
      ...rule.fixed,
      ...(embedded.length === 0 ? {} : { include: embedded.join(",") }),
      [timeFilterOf(product, rule.template)!]: new Date(rule.sinceExclusive ? since - 1_000 : since).toISOString()
    })
    const get = (path: string, parameters: URLSearchParams): unknown =>
      JSON.parse(direct("GET", `${path}?${parameters}`, ownKey).body.toString())
    const asked = Object.fromEntries(query)
    return readPages(get, product.provider.product, rule.template, asked, ownPaging(product.provider))
  }
  const item = (entity: string, id: string, embedded: ReadonlyArray<string>): unknown => {
    const endpoint = product.provider.endpoints.find((one) => one.kind === "item" && one.entity === entity)!
    const include = embedded.length === 0 ? "" : `?include=${embedded.join(",")}`
    const answer = direct("GET", `${endpoint.template.replace(/\{\w+\}/, id)}${include}`, ownKey)
    if (answer.status !== 200) return null
    const body: unknown = JSON.parse(answer.body.toString())
    return endpoint.itemsAt === undefined ? body : (body as Fields)[endpoint.itemsAt]
  }

  const searchPage = (query: string, page: number) => {
    const [rule] = searchesOf(product.provider)
    if (rule === undefined) return null
    const parameters = new URLSearchParams({ query: `"${query}"`, page: String(page) })
    const { body, status } = direct("GET", `${rule.template}?${parameters}`, ownKey)
    if (status !== 200) return Promise.reject(new Error(`${status} ${query}`))
    const { results, total } = JSON.parse(body.toString()) as { results: ReadonlyArray<unknown>; total: number }
    return Promise.resolve({ items: results, total })
  }

  const makeOne = () => {
    const sources = [{ name: source, provider: product.provider }]
    const state = new State(receiver, sources)
    const tallies = new Tallies()
    const cursors = new Cursors(stored)
    const hydrating = new Hydrating(
      state,
      new Map([
        [
          source,
          {
            lists: (entity: string) => product.provider.sweeps[entity]?.by === "timeFilter",
            shows: (entity: string) =>
              product.provider.endpoints.some((one) => one.kind === "item" && one.entity === entity),
            changedSince: hydrationList,
            views: async (entity: string) => {
              const path = listsOf(product.provider).find((one) => one.entity === entity)?.views?.template
              if (path === undefined || options.readsViews === false) return null
              return (JSON.parse(direct("GET", path, ownKey).body.toString()) as { filters: [] }).filters
            },
            get: async (entity: string, id: string, embedded: ReadonlyArray<string>) => item(entity, id, embedded),
            searchPage: (_: string, query: string, page: number) => searchPage(query, page)
          }
        ]
      ]),
      (_, error) => {
        throw error
      },
      time.now
    )
    const notes = {
      mark: (marks: ReadonlyArray<MirrorMark>) => {
        writings += 1
        for (const mark of marks) onDisk.set(`${mark.source} ${mark.entity} ${mark.entityId}`, mark)
      }
    }
    const marks = new Marks(notes, state, [...onDisk.values()], (error) => {
      throw error
    })
    state.onUntold = (...untold) => marks.noteUntold(...untold)
    const bodies = new Bodies(receiver, 1_000_000)
    const embeds = new Embeds(state, bodies)
    const sights = new Sights({
      state,
      bodies,
      embeds,
      sources: new Set(options.samples === true ? [source] : []),
      windowMs: options.recheckMs ?? 3_600_000,
      now: time.now,
      onChange: (_, standing, why) => void told.push(`${standing} ${why}`)
    })
    const mirror = makeMirror({
      state,
      bodies,
      embeds,
      sights,
      walks: new Walks(),
      cursors,
      readsWholePages: (integration) => options.wholePages === true || options.wholePages === integration,
      wholeReaders: new WholeReaders(),
      principals: new Principals(
        receiver.fingerprintKey(),
        new Map([[source, new Set([ownKey])]]),
        options.recheckMs ?? 3_600_000
      ),
      hydrating,
      tallies,
      marking: { state, note: (...mark) => marks.noteWrite(...mark) },
      sourceOf: () => sources[0]!,
      dark: options.dark === true,
      verify: options.verify ?? 0,
      now: time.now,
      random: () => random(),
      onFailure: (_, error) => {
        if (options.onFailure === undefined) throw error
        options.onFailure(error)
      },
      onWrong: ({ endpoint }, outcome) => void wrong.push(`${endpoint} ${outcome}`)
    })
    return { state, tallies, cursors, marks, mirror, hydrating, sights }
  }
  /** What a process that is killed leaves on the disk. */
  const onDisk = new Map<string, MirrorMark>()
  let writings = 0
  let stored: ReturnType<Cursors["takeChanged"]> = []
  let parts = makeOne()

  const ask = async (
    target: string,
    { agent = "test/1", body, headers = {}, key = ownKey as string | null, method = "GET" }: AskOptions = {}
  ): Promise<Asked> => {
    const message = {
      method,
      url: target,
      headers: {
        ...(key === null ? {} : { authorization: authorizationOf(product, key) }),
        "user-agent": agent,
        ...headers
      }
    } as unknown as IncomingMessage
    const upstream = { host: null, path: null, url: new URL("http://provider") }
    const asked: Target = { upstream, path: target }
    const decision: Decision = await parts.mirror.decide(message, asked, {
      origin: options.origin ?? "http://provider"
    })
    if (decision.kind === "answer") return askedOf("state", "", decision.answer)
    const answer = direct(method, target, key, body)
    const seen = (await decision.look?.see(answer)) ?? null
    return askedOf("provider", decision.headers["x-hookshift-reason"] ?? "", seen ?? answer)
  }

  return {
    product,
    time,
    receiver,
    wrong,
    told,
    standings: () => parts.sights.standings(),
    marks: onDisk,
    writings: () => writings,
    ask,
    direct: (target: string, key: string | null = ownKey, method = "GET", body?: unknown): Asked =>
      askedOf("provider", "", direct(method, target, key, body)),
    calls: () => calls,
    state: () => parts.state,
    tallies: () => parts.tallies,
    setRandom: (next: () => number) => {
      random = next
    },
    load: () => parts.state.load(time.now()),
    /** A killed process leaves its notes. */
    restart: async () => {
      const { cursors, marks, state } = parts
      for (const mark of marks.takeRead()) {
        const key = `${mark.source} ${mark.entity} ${mark.entityId}`
        if ((onDisk.get(key)?.at ?? 0) <= mark.at) onDisk.delete(key)
      }
      const known = new Map(stored.map((cursor) => [cursor.poller, cursor]))
      const versionAt = (poller: string, position: number): number => {
        const [of = "", entity = ""] = poller.split("\t")
        return state.of(of, entity)?.arrivals.versionBefore(position) ?? 0
      }
      for (const cursor of cursors.takeChanged(versionAt, time.now())) known.set(cursor.poller, cursor)
      stored = [...known.values()]
      parts = makeOne()
      for (const { at, entity, entityId } of onDisk.values())
        parts.state.of(source, entity)?.mark(entityId, { at, stamp: null })
      await parts.state.load(time.now())
    },
    /** `null` where there is no such entity any more. */
    change: (
      entity: string,
      action: "create" | "update" | "delete",
      id: number | null,
      fields: Fields
    ): Fields | null => product.world.change(entity, action, id, fields),
    /** All changes so far. */
    truth: (): ReadonlyArray<Change> => product.world.truth
  }
}

interface AskOptions {
  readonly agent?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly key?: string | null
  readonly method?: string
}

const askedOf = (from: Asked["from"], reason: string, { body, headers, status }: WholeAnswer): Asked => ({
  from,
  reason,
  status,
  body: body.length === 0 ? undefined : (JSON.parse(body.toString("utf8")) as unknown),
  link: (headers["link"] as string | undefined) ?? null,
  age: headers["age"] === undefined ? null : Number(headers["age"]),
  headers
})

/** Draws from a seed. */
export const dice = (seed: number) => {
  let at = 0
  const next = (): number => createHash("sha256").update(`${seed} ${at++}`).digest().readUInt32BE() / 2 ** 32
  const below = (most: number): number => Math.floor(next() * most)
  return { next, below, pick: <A>(all: ReadonlyArray<A>): A => all[below(all.length)]! }
}

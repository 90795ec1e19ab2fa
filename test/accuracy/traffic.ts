/**
 * Labelled traffic: what programs and people call, with what is true of it. It has a world of tickets that change at
 * known rates, a provider that answers from it, and programs with every habit that recordings show. It knows nothing of
 * the analysis; rows come out as the recorder would write them.
 */
import type { Call, ItemVersion, Stream } from "../../src/domain/Call.js"
import { type Chance, chanceOf } from "./chance.js"

export interface PollerLabel {
  readonly habit: string
  readonly stream: Stream
  /** Median time between the starts of one program's sweeps. */
  readonly intervalSeconds: number
  readonly sweeps: number
  readonly emptySweeps: number
  readonly calls: number
  /** Median of the true lags, from the change itself to the arrival; `null` with fewer than eight. */
  readonly lagSeconds: number | null
  /** Changes an hour of all that it lists, by the rates that the world was made with. */
  readonly changesPerHour: number
}

export interface Traffic {
  readonly seed: number
  readonly from: number
  readonly to: number
  readonly streams: ReadonlyArray<Stream>
  readonly calls: ReadonlyArray<Call>
  readonly versions: ReadonlyArray<ItemVersion>
  readonly pollers: ReadonlyArray<PollerLabel>
  /** Programs with so few sweeps that either answer is right. */
  readonly unclear: ReadonlyArray<Stream>
  /** What else there is, by habit: none of it polls. */
  readonly others: ReadonlyArray<string>
}

const hour = 3_600_000
const account = "acme.freshdesk.com"
const api = "/api/v2"

interface Ticket {
  readonly id: number
  readonly madeAt: number
  /** Rising; the first is its creation where it was made in the window. */
  readonly changes: ReadonlyArray<number>
}

interface World {
  readonly tickets: ReadonlyArray<Ticket>
  readonly perHour: number
}

const fieldSets = [["status"], ["priority"], ["tags"], ["custom_fields.cf_region"], ["agent_id", "status"]]

/** Each ticket changes at a steady rate of its own, a few often and most hardly ever; new ones come. */
const makeWorld = (chance: Chance, from: number, to: number): World => {
  const perHour = chance.between(4, 40)
  const newPerHour = chance.between(0.2, 4)
  const count = chance.whole(30, 300)
  const weights = Array.from({ length: count }, () => Math.exp(chance.gaussian() * 1.2))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const tickets: Array<Ticket> = weights.map((weight, n) => {
    const changes: Array<number> = []
    const mean = hour / ((perHour * weight) / total)
    for (let at = from - 2 * hour + chance.exponential(mean); at < to; at += chance.exponential(mean)) changes.push(at)
    return { id: n + 1, madeAt: from - 100 * hour, changes }
  })
  for (let at = from + chance.exponential(hour / newPerHour); at < to; at += chance.exponential(hour / newPerHour))
    tickets.push({ id: tickets.length + 1, madeAt: at, changes: [at] })
  return { tickets, perHour: perHour + newPerHour }
}

const stampOf = (at: number): number => Math.floor(at / 1_000) * 1_000

/** The last change of a ticket up to a moment; `null` where it does not exist yet. */
const lastChange = (ticket: Ticket, at: number): number | null => {
  if (ticket.madeAt > at) return null
  const { changes } = ticket
  let low = 0
  let high = changes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (changes[middle]! <= at) low = middle + 1
    else high = middle
  }
  return low === 0 ? ticket.madeAt : changes[low - 1]!
}

export const makeTraffic = (seed: number): Traffic => {
  const chance = chanceOf(seed)
  const from = Date.parse("2026-03-02T00:00:00Z") + chance.whole(0, 86_399) * 1_000
  const to = from + chance.whole(6, 30) * hour
  const world = makeWorld(chance, from, to)
  const streams: Array<Stream> = []
  const calls: Array<Call> = []
  const versions: Array<ItemVersion> = []
  const pollers: Array<PollerLabel> = []
  const others: Array<string> = []
  const unclear: Array<Stream> = []
  let processes = 0

  const streamOf = (fields: Partial<Stream> & { readonly template: string; readonly integration: string }): Stream => {
    const known = streams.find(
      (one) =>
        one.integration === fields.integration &&
        one.template === fields.template &&
        one.query === (fields.query ?? "") &&
        one.method === (fields.method ?? "GET") &&
        one.principal === (fields.principal ?? "key-1")
    )
    if (known !== undefined) return known
    const stream: Stream = {
      id: streams.length + 1,
      principal: "key-1",
      product: "freshdesk",
      account,
      method: "GET",
      query: "",
      ...fields
    }
    streams.push(stream)
    return stream
  }

  const addCall = (stream: Stream, at: number, durationMs: number, fields: Partial<Call> = {}): number => {
    const id = calls.length + 1
    calls.push({
      id,
      stream: stream.id,
      startedAt: Math.floor(at),
      durationMs,
      status: 200,
      error: null,
      page: null,
      since: null,
      subject: null,
      requestBytes: 0,
      responseBytes: 500,
      limitTotal: 700,
      limitRemaining: 500,
      retryAfterSeconds: null,
      items: 0,
      newVersions: 0,
      process: null,
      clockMs: null,
      failedRecords: null,
      recordHashes: null,
      ...fields
    })
    return id
  }

  /** What one stream has seen of each ticket: the recorder's memory. */
  const seenBy = new Map<number, Map<number, number>>()
  const addVersions = (
    stream: Stream,
    call: number,
    entity: string,
    seenAt: number,
    found: ReadonlyArray<{ readonly id: number; readonly changedAt: number; readonly created: boolean }>
  ): number => {
    const seen = seenBy.get(stream.id) ?? new Map<number, number>()
    seenBy.set(stream.id, seen)
    let fresh = 0
    for (const { changedAt, created, id } of found) {
      const stamp = stampOf(changedAt)
      const known = seen.get(id)
      if (known === stamp) continue
      seen.set(id, stamp)
      fresh += 1
      versions.push({
        stream: stream.id,
        call,
        entity,
        entityId: String(id),
        version: String(stamp),
        updatedAt: stamp,
        seenAt,
        created,
        changed: known === undefined ? null : fieldSets[(id + Math.floor(stamp / 1_000)) % fieldSets.length]!
      })
    }
    return fresh
  }

  const habits = [
    "fixed rate",
    "fixed delay",
    "jitter",
    "cron",
    "drift",
    "deployment",
    "business hours",
    "back-off",
    "adaptive",
    "restarts"
  ] as const
  const readings = ["since", "since without overlap", "whole list", "conditional"] as const

  const poll = (n: number): void => {
    const habit = chance.one(habits)
    const reading = chance.one(readings)
    const integration = `sync-${n}`
    const skewMs = chance.yes(0.3) ? chance.between(-90_000, 90_000) : 0
    const period = chance.one([15, 30, 60, 60, 120, 300, 300, 600, 900]) * 1_000
    const perPage = chance.one([10, 30, 100])
    const details = chance.yes(0.35)
    const instances = habit === "fixed rate" && chance.yes(0.5) ? chance.whole(2, 3) : 1
    const library = chance.yes(0.7)
    const principal = chance.yes(0.5) ? "key-1" : `key-${n + 1}`
    const sharesKey = principal === "key-1"
    const refusals = chance.yes(0.25) ? chance.between(0.002, 0.02) : 0
    const cutLong = chance.yes(0.15)
    const serviceMs = chance.yes(0.1) ? period * 0.4 : chance.between(30, 400)
    const query = [
      reading.startsWith("since") ? "updated_since=*" : "",
      perPage === 30 ? "" : `per_page=${perPage}`,
      chance.yes(0.3) ? `filter=#${n}f` : ""
    ]
      .filter((part) => part !== "")
      .join("&")
    const list = streamOf({ template: `${api}/tickets`, integration, principal, query })
    const notes = streamOf({ template: `${api}/tickets/{id}/conversations`, integration, principal, query: "" })

    const starts: Array<ReadonlyArray<number>> = []
    const lags: Array<number> = []
    let sweepCount = 0
    let emptyCount = 0
    let callCount = 0
    const sweepsAt: Array<{ at: number; fresh: number }> = []
    // One program's clock, from start to start; instances are programs of one kind.
    const plans = Array.from({ length: instances }, (_, k) => ({
      k,
      process: library ? ++processes : null,
      next: from + chance.between(0, period) + (k * period) / instances / 3,
      newest: Number.NEGATIVE_INFINITY,
      etag: -1,
      backoff: 1,
      own: [] as Array<number>,
      lastStart: from
    }))
    const grid = chance.whole(0, 2) * 1_000
    if (habit === "cron") for (const plan of plans) plan.next = Math.ceil(plan.next / period) * period + grid
    const rates = habit === "drift" ? 1 + chance.between(-0.01, 0.01) : 1
    const jitter = chance.between(0.05, 0.3)
    const secondPeriod = period * chance.one([0.5, 2, 5])
    const changeAt = from + (to - from) * chance.between(0.3, 0.7)

    for (;;) {
      // The next program whose time has come: their calls are in the order of time by their starts.
      const plan = plans.reduce((a, b) => (a.next <= b.next ? a : b))
      const start = plan.next
      if (start >= to - 60_000) break
      let at = start
      const retry = (): number => (habit === "back-off" ? 1_000 : chance.between(5, 20) * 1_000)
      let refused = false
      const one = (
        stream: Stream,
        subject: string | null,
        page: number | null,
        since: number | null
      ): readonly [number, number, number] => {
        for (;;) {
          const durationMs = serviceMs * chance.between(0.7, 1.5)
          const end = at + durationMs
          // The provider's clock is the world's; the program's, by which calls are recorded, is not.
          const clockMs = Math.floor((at + durationMs / 2) / 1_000) * 1_000 - Math.floor(at - skewMs)
          const common = { page, since, subject, process: plan.process, clockMs }
          callCount += 1
          if (chance.yes(refusals) || (cutLong && (page ?? 0) > 2 && chance.yes(0.02))) {
            const waitMs = retry()
            addCall(stream, at - skewMs, durationMs, {
              ...common,
              status: 429,
              items: null,
              newVersions: null,
              retryAfterSeconds: waitMs / 1_000
            })
            refused = true
            at = end + waitMs + chance.between(10, 200)
            continue
          }
          const askedAt = at
          const id = addCall(stream, at - skewMs, durationMs, common)
          at = end
          return [id, end, askedAt]
        }
      }
      const since =
        !reading.startsWith("since") || plan.newest === Number.NEGATIVE_INFINITY
          ? null
          : plan.newest - (reading === "since" ? 60_000 : 0)
      const first = plan.own.length === 0
      const lastOf = (moment: number, id: number) => {
        const ticket = world.tickets[id - 1]!
        const changedAt = lastChange(ticket, moment)!
        return { id, changedAt, created: changedAt === ticket.madeAt && ticket.madeAt >= from }
      }
      // Which page a ticket is on is settled when the sweep begins, what it says of it when the page is asked for.
      const listed = world.tickets
        .filter(({ madeAt }) => madeAt <= start)
        .map(({ id }) => lastOf(start, id))
        .filter(({ changedAt }) => since === null || stampOf(changedAt) >= since)
      listed.sort((a, b) => a.changedAt - b.changedAt || a.id - b.id)
      const pages = Math.max(1, Math.ceil(listed.length / perPage))
      let fresh = 0
      const newest = Math.max(Number.NEGATIVE_INFINITY, ...listed.map(({ changedAt }) => changedAt))
      const unchanged = reading === "conditional" && newest === plan.etag && pages === 1
      for (let page = 1; page <= pages; page++) {
        const [id, end, askedAt] = one(list, null, page === 1 && pages === 1 && chance.yes(0.5) ? null : page, since)
        const items = listed.slice((page - 1) * perPage, page * perPage).map((item) => lastOf(askedAt, item.id))
        const place = id - 1
        if (unchanged) {
          calls[place] = { ...calls[place]!, status: 304, items: 0, newVersions: 0 }
          continue
        }
        const known = new Map(seenBy.get(list.id))
        const added = addVersions(list, id, "ticket", Math.round(end - skewMs), items)
        calls[place] = { ...calls[place]!, items: items.length, newVersions: added }
        fresh += added
        const news = items.filter((item) => known.get(item.id) !== stampOf(item.changedAt))
        if (!first) for (const { changedAt } of news) if (changedAt >= from) lags.push(end - changedAt)
        if (!details || first) continue
        for (const { changedAt, id: subject } of news) {
          const [detail, seen] = one(notes, String(subject), null, null)
          const brought = addVersions(notes, detail, "conversation", Math.round(seen - skewMs), [
            { id: subject * 1_000 + (Math.floor(changedAt / 1_000) % 1_000), changedAt, created: true }
          ])
          calls[detail - 1] = { ...calls[detail - 1]!, items: brought, newVersions: brought }
          fresh += brought
          if (brought > 0 && changedAt >= from) lags.push(seen - changedAt)
        }
      }
      plan.newest = Math.max(plan.newest, stampOf(newest))
      plan.etag = newest
      plan.own.push(start)
      sweepsAt.push({ at: start, fresh })
      sweepCount += 1
      // When it asks next.
      let wait = period
      if (habit === "deployment" && start > changeAt) wait = secondPeriod
      if (habit === "business hours") {
        const hourOfDay = new Date(start).getUTCHours()
        wait = hourOfDay >= 8 && hourOfDay < 18 ? period : period * 4
      }
      if (habit === "back-off") {
        plan.backoff = refused ? Math.min(8, plan.backoff * 2) : Math.max(1, plan.backoff / 2)
        wait = period * plan.backoff
      }
      if (habit === "adaptive") {
        plan.backoff = fresh > 0 ? 1 : Math.min(4, plan.backoff * 1.5)
        wait = period * plan.backoff
      }
      const pause = habit === "restarts" && chance.yes(0.01) ? chance.between(5, 40) * period : 0
      if (pause > 0 && plan.process !== null) plan.process = ++processes
      if (habit === "cron") plan.next = (Math.floor(start / period) + 1) * period + grid + chance.between(0, 400)
      else if (habit === "fixed delay") plan.next = at + wait
      else if (habit === "jitter") plan.next = start + wait * (1 + chance.between(-jitter, jitter))
      else plan.next = start + wait * rates + chance.between(-20, 20) + pause
      // A program that asks one after the other is late when its sweep takes long; some start the next all the same.
      if (plan.next < at && !(serviceMs > 1_000 && habit === "fixed rate")) plan.next = at + chance.between(5, 50)
    }
    for (const plan of plans) starts.push(plan.own)
    sweepsAt.sort((a, b) => a.at - b.at)
    emptyCount = sweepsAt.slice(1).filter(({ fresh }) => fresh === 0).length
    const gaps = starts
      .flatMap((own) => own.slice(1).map((value, k) => (value - own[k]!) / 1_000))
      .sort((a, b) => a - b)
    lags.sort((a, b) => a - b)
    if (starts.every((own) => own.length < 8)) {
      unclear.push(list)
      return
    }
    pollers.push({
      habit: `${habit}, ${reading}${instances > 1 ? `, ${instances} instances${library ? "" : " behind a proxy"}` : ""}${details ? ", N+1" : ""}${sharesKey ? "" : ", own key"}`,
      stream: list,
      intervalSeconds: gaps[gaps.length >> 1]!,
      sweeps: sweepCount,
      emptySweeps: emptyCount,
      calls: callCount,
      lagSeconds: lags.length < 8 ? null : lags[Math.ceil(lags.length / 2) - 1]! / 1_000,
      changesPerHour: world.perHour
    })
  }

  const noise: Readonly<Record<string, (n: number) => void>> = {
    clicks: (n) => {
      const integration = chance.one(["Mozilla", `portal-${n}`])
      const templates = [
        `${api}/tickets`,
        `${api}/contacts`,
        `${api}/tickets/{id}`,
        `${api}/contacts/{id}`,
        `${api}/agents`
      ]
      let at = from + chance.between(0, hour)
      while (at < Math.min(to, from + chance.between(1, 8) * hour)) {
        for (let left = chance.whole(1, 25); left > 0; left--) {
          const template = chance.one(templates)
          addCall(streamOf({ template, integration, query: "" }), at, chance.between(50, 600), {
            subject: template.includes("{") ? String(chance.whole(1, 200)) : null,
            items: 30
          })
          at += Math.exp(Math.log(12_000) + chance.gaussian() * 1.1)
        }
        at += chance.exponential(0.3 * hour)
      }
    },
    export: (n) => {
      const stream = streamOf({ template: `${api}/contacts`, integration: `export-${n}`, query: "per_page=100" })
      let at = from + chance.between(0, to - from - hour)
      const pages = chance.whole(20, 200)
      const paged = chance.yes(0.7)
      for (let page = 1; page <= pages; page++) {
        const durationMs = chance.between(200, 900)
        addCall(stream, at, durationMs, {
          page: paged ? page : null,
          items: page === pages ? 12 : 100,
          newVersions: page === pages ? 12 : 100
        })
        at += durationMs + chance.between(5, 400)
      }
    },
    "load test": (n) => {
      const stream = streamOf({ template: `${api}/tickets`, integration: `load-${n}`, query: "" })
      let at = from + chance.between(0, to - from - hour)
      const rate = chance.between(5, 40)
      const even = chance.yes(0.5)
      for (let left = chance.whole(100, 600); left > 0; left--) {
        addCall(stream, at, chance.between(40, 900), { items: 30 })
        at += even ? 1_000 / rate : chance.exponential(1_000 / rate)
      }
    },
    "page loads": (n) => {
      const integration = `dashboard-${n}`
      let at = from + chance.between(0, hour)
      for (let loads = chance.whole(5, 30); loads > 0 && at < to; loads--) {
        for (let resource = 0; resource < 40; resource++)
          addCall(
            streamOf({
              template: `${api}/widgets/${"abcdefghij"[resource % 10]}`,
              integration,
              query: `part=#${resource}`
            }),
            at + chance.between(0, 1_500),
            chance.between(30, 300)
          )
        at += chance.exponential(0.4 * hour)
      }
    },
    crawler: (n) => {
      const integration = `crawler-${n}`
      let at = from + chance.between(0, to - from - hour)
      const pace = chance.between(500, 3_000)
      const list = streamOf({ template: `${api}/tickets`, integration, query: "" })
      const item = streamOf({ template: `${api}/tickets/{id}`, integration, query: "" })
      for (let page = 1; page <= chance.whole(5, 20); page++) {
        addCall(list, at, 100, { page, items: 30, newVersions: 30 })
        at += pace
        for (let k = 0; k < 30; k++) {
          addCall(item, at, 100, { subject: String(page * 100 + k), items: 1, newVersions: 1 })
          at += pace
        }
      }
    },
    "job loops": (n) => {
      const stream = streamOf({ template: `${api}/jobs/{uuid}`, integration: `bulk-${n}`, query: "" })
      for (let jobs = chance.whole(2, 12); jobs > 0; jobs--) {
        let at = from + chance.between(0, to - from - hour)
        for (let asks = chance.whole(3, 40); asks > 0; asks--) {
          addCall(stream, at, 80, { subject: `job-${n}-${jobs}` })
          at += 2_000 + chance.between(0, 100)
        }
      }
    },
    hydrations: (n) => {
      const stream = streamOf({ template: `${api}/tickets/{id}`, integration: `receiver-${n}`, query: "" })
      for (const ticket of world.tickets)
        for (const change of ticket.changes)
          if (change > from && change < to - 60_000)
            addCall(stream, change + chance.between(800, 5_000), 90, {
              subject: String(ticket.id),
              items: 1,
              newVersions: 1
            })
    },
    writes: (n) => {
      const stream = streamOf({ template: `${api}/tickets/{id}`, integration: `writer-${n}`, method: "PUT", query: "" })
      const even = chance.yes(0.5)
      for (let at = from; at < to; at += even ? 60_000 : chance.exponential(200_000))
        addCall(stream, at, 200, { subject: String(chance.whole(1, 100)) })
    },
    retries: (n) => {
      const stream = streamOf({ template: `${api}/companies`, integration: `retry-${n}`, query: "" })
      let at = from + chance.between(0, to - from - hour)
      let wait = 1_000
      for (let tries = chance.whole(4, 8); tries > 0; tries--) {
        addCall(stream, at, 100, { status: tries === 1 ? 200 : 503, items: null, newVersions: null })
        at += wait
        wait *= 2
      }
    }
  }

  for (let n = chance.whole(2, 6); n > 0; n--) poll(n)
  const names = Object.keys(noise)
  for (let n = chance.whole(2, 6); n > 0; n--) {
    const name = chance.one(names)
    others.push(name)
    noise[name]!(n)
  }
  return { seed, from, to, streams, calls, versions, pollers, unclear, others }
}

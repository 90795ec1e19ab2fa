/** A random account of a proof, with the random programs that poll it. All of it follows from the seed. */
import { type Chance, chanceOf } from "../accuracy/chance.js"
import { type DetailWay, type Product, products, type Way } from "./Ways.js"

export type Client = "fetch" | "axios" | "got" | "python"

/**
 * Where the next sweep asks from: before the newest stamp, at it, after it, or before the moment at which the last one
 * began.
 */
export type Cursor = "overlap" | "newest" | "after" | "clock"

/** How a program waits: so long after a sweep, at a fixed rate, at whole multiples of the interval, or with chance. */
export type Pace = "delay" | "rate" | "cron" | "jitter"

export interface ProgramPlan {
  readonly name: string
  readonly client: Client
  readonly way: Way
  readonly perPage: number | null
  readonly pages: Way["pages"][number]
  readonly cursor: Cursor
  readonly pace: Pace
  readonly everySeconds: number
  readonly detail: DetailWay | null
  /** Stopped and started again at this share of the recording; it starts with what it knew, or with nothing. */
  readonly restart: { readonly at: number; readonly remembers: boolean } | null
  /** From the account's start to the program's, in milliseconds. */
  readonly startsAfterMs: number
}

export interface ProofAccount {
  readonly seed: number
  readonly product: Product
  readonly plan: string
  readonly route: "app" | "rule" | "ui"
  readonly entities: number
  readonly changesPerHour: number
  readonly from: number
  /** What is recorded before anything is planned, and how long both ways run side by side afterwards. */
  readonly recordHours: number
  readonly shadowHours: number
  readonly reconcileSeconds: number
  /** The share of deliveries that vanish. */
  readonly drop: number
  readonly programs: ReadonlyArray<ProgramPlan>
}

const monday = Date.parse("2026-03-02T05:00:00Z")
const cronSeconds = [60, 300, 600, 900, 1_800] as const

const programOf = (chance: Chance, way: Way, at: number, recordHours: number): ProgramPlan => {
  const pace = chance.one(["delay", "delay", "rate", "cron", "jitter"] as const)
  const detail = way.details.length > 0 && chance.yes(0.5) ? chance.one(way.details) : null
  // A walk that reads each item by a call of its own is no program for every minute.
  const fastest = detail?.each !== undefined ? 900 : 30
  const slowest = Math.min(3_600, (recordHours * 3_600) / 8)
  const every = Math.round(fastest * (slowest / fastest) ** chance.unit())
  const [first] = cronSeconds
  return {
    name: `${way.entity}-${way.mode}-${at + 1}`,
    client: chance.one(["fetch", "fetch", "axios", "got"] as const),
    way,
    perPage: way.perPage === undefined ? null : chance.one(way.perPage.values),
    pages: chance.one(way.pages),
    cursor: chance.one(["overlap", "overlap", "newest", "after", "clock"] as const),
    pace,
    everySeconds: pace === "cron" ? cronSeconds.reduce((best, one) => (one <= every ? one : best), first) : every,
    detail,
    restart: chance.yes(0.25) ? { at: chance.between(0.2, 0.8), remembers: chance.yes(0.5) } : null,
    startsAfterMs: Math.round(chance.between(0, 90_000))
  }
}

/** Of ten accounts in a row: every product, and one that only a description knows. */
const turns: ReadonlyArray<Product> = [
  "freshdesk",
  "freshservice",
  "freshsales",
  "freshchat",
  "freshdesk",
  "freshsales",
  "shop",
  "freshservice",
  "freshdesk",
  "freshchat"
]

export const accountOfSeed = (seed: number): ProofAccount => {
  const chance = chanceOf(seed * 31 + 17)
  const product = turns[(seed - 1) % turns.length]!
  const { plans, routes, ways } = products[product]
  const recordHours = chance.whole(4, 9)
  const count = chance.whole(1, 3)
  const chosen = Array.from({ length: count }, () => chance.one(ways))
  return {
    seed,
    product,
    plan: chance.one(plans),
    route: chance.yes(0.75) ? routes[0]! : chance.one(routes),
    entities: chance.whole(60, 300),
    changesPerHour: Math.round(15 * 14 ** chance.unit()),
    from: monday + chance.whole(0, 8) * 3_600_000,
    recordHours,
    shadowHours: chance.whole(2, 4),
    reconcileSeconds: chance.one([900, 1_800, 3_600]),
    drop: chance.yes(0.5) ? 0.02 : 0,
    programs: chosen.map((way, at) => programOf(chance, way, at, recordHours))
  }
}

/** For the real clock: a busy account, and a Python program or two that poll it every few seconds. */
export const liveAccountOfSeed = (seed: number): ProofAccount => {
  const chance = chanceOf(seed * 37 + 11)
  const account = accountOfSeed(seed)
  const ways = products[account.product].ways.filter(({ mode }) => mode !== "search")
  const chosen = Array.from({ length: chance.whole(1, 2) }, () => chance.one(ways))
  return {
    ...account,
    // At night an account is changed a fifth as often.
    entities: 60,
    changesPerHour: 12_000,
    from: Date.now(),
    reconcileSeconds: 30,
    drop: 0,
    programs: chosen.map((way, at) => ({
      ...programOf(chance, way, at, 1),
      client: "python",
      pages: "short",
      pace: "delay",
      everySeconds: chance.whole(1, 3),
      detail: way.details.find(({ each }) => each === undefined) ?? null,
      restart: null,
      startsAfterMs: 0
    }))
  }
}

const programWords = ({ client, cursor, detail, everySeconds, pace, restart, way }: ProgramPlan): string =>
  [
    `${way.entity} ${way.mode}`,
    ...(way.mode === "since" ? [`cursor ${cursor}`] : []),
    ...(detail === null ? [] : ["N+1"]),
    `${everySeconds} s ${pace}`,
    client,
    ...(restart === null ? [] : [restart.remembers ? "restarted" : "restarted, forgets"])
  ].join(", ")

export const wordsOf = (account: ProofAccount): string => account.programs.map(programWords).join("; ")

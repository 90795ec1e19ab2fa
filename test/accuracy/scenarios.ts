/** Random accounts with random pollers: what the forecast said, and how many calls the replay then made. */
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { SimulatedAccount } from "../../src/demo/SimulatedAccounts.js"
import { isReplaced } from "../../src/domain/Verdict.js"
import { providerOf } from "../../src/providers/index.js"
import { auditOf, bandOf, planOf, type Staged, type StagedProgram } from "../support/staged.js"
import { type Chance, chanceOf } from "./chance.js"

interface Way {
  readonly list: string
  readonly items: string
  readonly mode: "since" | "all" | "newest"
  readonly filter?: string
  readonly stamp?: "seconds"
  readonly perPage?: string
  readonly pages?: "total"
  readonly views?: string
  readonly detail?: string
}

interface Product {
  readonly product: SimulatedAccount["product"]
  readonly account: string
  readonly plans: ReadonlyArray<string>
  readonly authorization: string
  readonly ways: ReadonlyArray<Way>
}

const basic = `Basic ${Buffer.from("key:X").toString("base64")}`
const hundred = "per_page=100"
const sales = "/crm/sales/api"

const products: ReadonlyArray<Product> = [
  {
    product: "freshdesk",
    account: "acme.freshdesk.com",
    plans: ["garden", "estate"],
    authorization: basic,
    ways: [
      {
        list: "/api/v2/tickets",
        items: "",
        mode: "since",
        filter: "updated_since",
        stamp: "seconds",
        perPage: hundred
      },
      {
        list: "/api/v2/tickets",
        items: "",
        mode: "since",
        filter: "updated_since",
        stamp: "seconds",
        perPage: hundred,
        detail: "/api/v2/tickets/{id}/conversations"
      },
      {
        list: "/api/v2/contacts",
        items: "",
        mode: "since",
        filter: "_updated_since",
        stamp: "seconds",
        perPage: hundred
      },
      { list: "/api/v2/contacts", items: "", mode: "all", perPage: hundred },
      { list: "/api/v2/companies", items: "", mode: "all", perPage: hundred, detail: "/api/v2/companies/{id}" }
    ]
  },
  {
    product: "freshservice",
    account: "acme.freshservice.com",
    plans: ["growth", "enterprise"],
    authorization: basic,
    ways: [
      {
        list: "/api/v2/tickets",
        items: "tickets",
        mode: "since",
        filter: "updated_since",
        stamp: "seconds",
        perPage: hundred
      },
      { list: "/api/v2/changes", items: "changes", mode: "all", perPage: hundred },
      { list: "/api/v2/assets", items: "assets", mode: "all", perPage: hundred }
    ]
  },
  {
    product: "freshsales",
    account: "acme.myfreshworks.com",
    plans: ["growth", "pro"],
    authorization: "Token token=key",
    ways: ["contacts", "deals", "sales_accounts"].map((name) => ({
      list: `${sales}/${name}/view/{view}`,
      views: `${sales}/${name}/filters`,
      items: name,
      mode: "newest",
      pages: "total"
    }))
  },
  {
    product: "freshchat",
    account: "acme.freshchat.com",
    plans: ["garden", "estate"],
    authorization: "Bearer key",
    ways: [
      {
        list: "/v2/users",
        items: "users",
        mode: "since",
        filter: "updated_from",
        perPage: "items_per_page=20",
        pages: "total"
      }
    ]
  }
]

const programOf = (chance: Chance, { account, authorization }: Product, way: Way, at: number): StagedProgram => {
  const every = Math.round(60 * 60 ** chance.unit())
  return {
    name: `poller-${at}`,
    account,
    program: pathToFileURL(resolve("test/accuracy/programs/poller.mjs")),
    env: (origin) => ({ POLLER: JSON.stringify({ ...way, authorization, every, origin }) })
  }
}

export interface ScenarioOutcome {
  readonly seed: number
  readonly what: string
  readonly calls: number
  readonly forecast: number
  readonly replayed: number
  /** Of all calls that polling made. */
  readonly apart: number
  readonly missed: number
  readonly equal: boolean
}

const stagedOf = (seed: number) => {
  const chance = chanceOf(seed * 7 + 3)
  const product = chance.one(products)
  const ways = product.ways.filter(() => chance.yes(0.5))
  const chosen = ways.length === 0 ? [chance.one(product.ways)] : ways
  const hours = chance.whole(8, 24)
  const reconcileSeconds = chance.one([900, 3_600, 7_200, 14_400])
  const changesPerHour = Math.round(3 * 20 ** chance.unit())
  const entities = chance.whole(30, 300)
  const staged: Staged = {
    accounts: [
      { product: product.product, account: product.account, plan: chance.one(product.plans), entities, changesPerHour }
    ],
    programs: chosen.map((way, at) => programOf(chance, product, way, at)),
    hours,
    seed,
    reconcileSeconds,
    replay: true
  }
  const what = `${product.product}: ${chosen.map(({ list, mode }) => `${list.split("/").at(list.includes("view") ? -3 : -1)} ${mode}`).join(", ")}; ${entities} entities, ${changesPerHour} changes an hour, ${hours} h, reconciled every ${reconcileSeconds} s`
  return { staged, what }
}

export interface BandOutcome {
  readonly seed: number
  readonly what: string
  readonly forecast: number
  readonly low: number
  readonly high: number
  readonly within: boolean
  /** Days on which the model lost something. */
  readonly failing: number
}

/** Whether the forecast lies in the band of so many days; `null` where nothing gives way to webhooks. */
export const playBand = async (seed: number, runs: number): Promise<BandOutcome | null> => {
  const { staged, what } = stagedOf(seed)
  const played = await bandOf(staged, runs)
  if (played === null) return null
  const { band, failing, forecast } = played
  return {
    seed,
    what,
    forecast,
    low: band.low,
    high: band.high,
    within: forecast >= band.low && forecast <= band.high,
    failing
  }
}

export interface PlanOutcome {
  readonly seed: number
  readonly what: string
  readonly calls: number
  readonly callsAfter: number
  /** Days on which the model lost something. */
  readonly failing: number
  /** Pollers that give way: their freshness at p95, and that of their type's changes under the plan. */
  readonly replaced: ReadonlyArray<{ readonly poller: string; readonly goal: number; readonly played: number }>
}

/** A plan that keeps today's freshness, and what the model's days say of it; `null` where nothing gives way. */
export const playPlan = async (seed: number, runs: number): Promise<PlanOutcome | null> => {
  const { staged, what } = stagedOf(seed)
  const played = await planOf(staged, 14_400, runs)
  if (played === null) return null
  const { analysis, days } = played
  const { endpoints } = providerOf(staged.accounts[0]!.product)!
  const replaced = analysis.pollers.flatMap((poller) => {
    const entity = endpoints.find(({ method, template }) => poller.endpoint === `${method} ${template}`)?.entity
    const lags = days.webhookLags?.find((one) => one.entity === entity)
    if (!isReplaced(poller) || lags === undefined || poller.freshnessSeconds === null) return []
    return [{ poller: poller.integration, goal: poller.freshnessSeconds.p95, played: lags.p95 }]
  })
  return {
    seed,
    what,
    calls: analysis.calls,
    callsAfter: analysis.callsAfter,
    failing: days.failing,
    replaced
  }
}

/** `null` where nothing gives way to webhooks, so that there is nothing to replay. */
export const playScenario = async (seed: number): Promise<ScenarioOutcome | null> => {
  const { staged, what } = stagedOf(seed)
  const report = await auditOf(staged)
  if (report.replay === null) return null
  const { callsAfter: forecast, calls } = report.totals
  const { calls: replayed, missed } = report.replay.webhook
  return {
    seed,
    what,
    calls,
    forecast,
    replayed,
    apart: Math.abs(forecast - replayed) / calls,
    missed,
    equal: report.replay.parity.equal
  }
}

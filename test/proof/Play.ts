/**
 * Plays one account under virtual time, as a user would go about it: the programs are recorded, the recording is
 * audited and replayed, the planned webhooks are set up, and the receiver runs beside the programs until `shadow` is
 * asked.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { get } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { simulatedAccounts } from "../../src/demo/SimulatedAccounts.js"
import { builtEntry } from "../../src/domain/BuiltEntry.js"
import { type Provider, planOf, providerOf } from "../../src/providers/index.js"
import {
  type ReplayEnvironment,
  type RunningProgram,
  type StartProviderPort,
  startProgram,
  startReplayEnvironment
} from "../../src/replay/index.js"
import { startWebhookPath } from "../../src/replay/wire/WebhookPath.js"
import { copyDatabase, openDatabase } from "../../src/store/index.js"
import { root } from "../support/files.js"
import type { ProgramPlan, ProofAccount } from "./Account.js"
import { auditOf, modelReplayOf, settleSeconds, shadowAt, writeConfig } from "./Commands.js"
import type { CallCount, Evidence, SideBySide, Sight } from "./Evidence.js"
import { programText } from "./ProgramText.js"
import { startShop } from "./Shop.js"
import { products } from "./Ways.js"

const hour = 3_600_000

/** The stand-in, with the requests that it holds counted: a recording is cut where none is under way. */
const countingStandIn = (start: StartProviderPort) => {
  const traffic = { held: 0 }
  const counted: StartProviderPort = (options) =>
    start({
      ...options,
      onTraffic: (what) => {
        if (what === "arrived") traffic.held += 1
        if (what === "released") traffic.held -= 1
        options.onTraffic(what)
      }
    })
  return { start: counted, traffic }
}

export const standInOf = (account: ProofAccount): StartProviderPort => {
  const { changesPerHour, entities, plan, product } = account
  const { account: host } = products[product]
  return product === "shop"
    ? startShop({ account: host, entities, changesPerHour })
    : simulatedAccounts([{ product, account: host, plan, entities, changesPerHour }])
}

/** A program and its successors after restarts, in one file of sights. */
interface Playing {
  readonly plan: ProgramPlan
  readonly sights: string
  current: RunningProgram | null
}

const startAll = (
  stage: ReplayEnvironment,
  folder: string,
  db: string,
  config: string,
  account: ProofAccount
): ReadonlyArray<Playing> => {
  const { url } = stage.providerPort.accounts[0]!
  const { account: host, authorization } = products[account.product]
  return account.programs.map((plan) => {
    const file = join(folder, `${plan.name}.mjs`)
    const playing: Playing = { plan, sights: join(folder, `${plan.name}.sights`), current: null }
    writeFileSync(file, programText(plan))
    writeFileSync(playing.sights, "")
    const start = (again: boolean) => {
      playing.current = startProgram(stage.time, {
        name: plan.name,
        program: pathToFileURL(file),
        register: builtEntry("register.js"),
        thread: builtEntry("program-thread.js"),
        origins: [url],
        env: {
          ORIGIN: url,
          AUTHORIZATION: authorization,
          SIGHTS: playing.sights,
          STATE: join(folder, `${plan.name}.state`),
          REMEMBERS: again && plan.restart?.remembers === true ? "1" : "0",
          HOOKSHIFT_CONFIG: config,
          HOOKSHIFT_DB: db,
          HOOKSHIFT_INTEGRATION: plan.name,
          HOOKSHIFT_SALT: `proof ${account.seed}`,
          HOOKSHIFT_HOSTS: `${new URL(url).host}=${account.product}@${host}`
        }
      })
    }
    stage.time.at(account.from + plan.startsAfterMs, () => start(false))
    if (plan.restart !== null) {
      const stopAt = account.from + plan.restart.at * account.recordHours * hour
      stage.time.at(stopAt, () => playing.current?.rest())
      // Its last sweep ends by itself before that.
      stage.time.at(stopAt + 120_000, () => {
        stage.time.enter()
        void playing.current!.stop().finally(() => {
          start(true)
          stage.time.leave()
        })
      })
    }
    return playing
  })
}

/** The stand-in's own count, over a client that the stage does not follow. */
export const countedBy = (url: string): Promise<ReadonlyArray<CallCount>> =>
  new Promise((resolve, reject) => {
    get(`${url}/_sim/calls`, { agent: false }, (response) => {
      let text = ""
      response.on("data", (chunk) => {
        text += chunk
      })
      response.on("end", () => resolve((JSON.parse(text) as { calls: ReadonlyArray<CallCount> }).calls))
    }).on("error", reject)
  })

export const recordedIn = (db: string): ReadonlyArray<CallCount> => {
  const database = openDatabase(db)
  try {
    return database
      .prepare(
        "SELECT s.method, s.template AS endpoint, c.status, count(*) AS count FROM call c JOIN stream s ON s.id = c.stream GROUP BY 1, 2, 3"
      )
      .all() as Array<CallCount>
  } finally {
    database.close()
  }
}

export const sightsIn = (file: string): ReadonlyArray<Sight> =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Sight)

/** The entity types of planned events that a receiver can sweep. */
export const entitiesOf = (provider: Provider, events: ReadonlyArray<string>): ReadonlyArray<string> =>
  Object.keys(provider.sweeps).filter((entity) =>
    ["create", "update", "delete"].some((action) => events.includes(`${entity}_${action}`))
  )

/** To look at an account that was told wrongly: `KEEP=1 SEED=17 npm run proof` leaves its folder. */
const isKept = process.env["KEEP"] === "1"

export const proofFolder = (seed: number): string => {
  const folder = mkdtempSync(join(tmpdir(), `hookshift-proof-${seed}-`))
  mkdirSync(join(folder, "reports"))
  // The programs' own dependencies: axios, got.
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  return folder
}

export const play = async (account: ProofAccount): Promise<Evidence> => {
  const folder = proofFolder(account.seed)
  const { from, recordHours, shadowHours } = account
  const providerPort = countingStandIn(standInOf(account))
  const end = from + (recordHours + shadowHours) * hour
  const stage = await startReplayEnvironment(providerPort.start, {
    from,
    changesUntil: end,
    seed: account.seed,
    faults: { drop: account.drop, duplicate: 0, reorder: 0, delay: 0 }
  })
  try {
    const config = writeConfig(folder, account)
    const [going, db, later] = ["going.db", "recorded.db", "later.db"].map((name) => join(folder, name)) as [
      string,
      string,
      string
    ]
    const programs = startAll(stage, folder, going, config, account)
    let recordedTo = from + recordHours * hour
    for (await stage.time.runUntil(recordedTo); providerPort.traffic.held > 0; await stage.time.runUntil(recordedTo))
      recordedTo += 100
    await Promise.all(programs.map(({ current }) => current?.flush()))
    const counted = await countedBy(stage.providerPort.accounts[0]!.url)
    copyDatabase(going, db)
    const audit = await auditOf(folder, db, account)
    const model = await modelReplayOf(folder, db, account)

    const provider = providerOf(account.product)!
    const events = (audit.json?.subscriptions ?? []).map(({ event }) => event)
    let sideBySide: SideBySide | null = null
    if (events.length > 0) {
      const installedAt = stage.time.now()
      const entities = entitiesOf(provider, events)
      const { account: host } = products[account.product]
      const path = await startWebhookPath(stage, {
        db: going,
        plans: [
          {
            account: host,
            source: "proof",
            planned: planOf(provider, [account.route], events),
            entities,
            replaced: new Set()
          }
        ],
        reconcileSeconds: account.reconcileSeconds,
        seed: account.seed,
        outage: null
      })
      await stage.time.runUntil(end)
      await Promise.all(programs.map(({ current }) => current?.flush()))
      copyDatabase(going, later)
      const shadow = await shadowAt(folder, later, account, end)
      for (const { current } of programs) current?.rest()
      // What is under way ends.
      await stage.time.runUntil(end + 60_000)
      await path.stop()
      sideBySide = {
        installedAt,
        endedAt: end,
        events,
        entities,
        outcomes: stage.providerPort.pushes().outcomes,
        states: path.finalStates(),
        settleMs: settleSeconds * 1_000,
        shadow
      }
    } else for (const { current } of programs) current?.rest()
    await stage.time.runUntil(end + 120_000)
    await Promise.all(programs.map(({ current }) => current?.stop()))
    const evidence: Evidence = {
      account,
      recordedTo,
      counted,
      recorded: recordedIn(db),
      truth: stage.providerPort.truth(),
      programs: programs.map(({ plan, sights }) => ({ plan, sights: sightsIn(sights) })),
      audit,
      model,
      sideBySide
    }
    if (isKept) writeFileSync(join(folder, "evidence.json"), JSON.stringify(evidence))
    return evidence
  } finally {
    await stage.close()
    if (isKept) console.log(`seed ${account.seed}: ${folder}`)
    else rmSync(folder, { recursive: true, force: true })
  }
}

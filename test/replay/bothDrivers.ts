/** Plays one scenario over the wire, with the real simulator, programs, receiver and reconciliation, and in the model. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { simulatedAccounts } from "../../src/demo/SimulatedAccounts.js"
import { builtEntry } from "../../src/domain/BuiltEntry.js"
import type { ReplayResult } from "../../src/domain/Report.js"
import { convertIntervals, periodMs, tellsOf } from "../../src/providers/index.js"
import {
  type HistoryLine,
  type RandomStreams,
  type ReplayPlan,
  randomStreams,
  replay,
  runSimulation,
  type Scenario,
  type SimulationFigures,
  startProgram,
  startReplayEnvironment,
  type TrueChange
} from "../../src/replay/index.js"
import { settlingSeconds } from "../../src/replay/wire/Settling.js"
import { routeSpecsOf, tablesOf, typesOf } from "../../src/scenarios/ScenarioColumns.js"
import { randomStream } from "../../src/simulator/Randomness.js"
import { wireProducts } from "./wireProducts.js"
import type { WireScenario } from "./wireScenario.js"

/** One version arriving at the receiver: who, which, when, how. */
export type ArrivalLine = `${number} ${string}`

export interface Played {
  readonly wire: {
    readonly result: ReplayResult
    readonly arrivals: ReadonlyArray<ArrivalLine>
    readonly history: ReadonlyArray<HistoryLine>
  }
  readonly model: {
    readonly figures: SimulationFigures
    readonly arrivals: ReadonlyArray<ArrivalLine>
    readonly history: ReadonlyArray<HistoryLine>
  }
}

/** What one sweep brings shares its moment: the order of a list is the provider's, and no matter of the model. */
export const inOrder = (
  lines: ReadonlyArray<ArrivalLine>,
  { from, limits, reconcileSeconds }: WireScenario
): ReadonlyArray<string> => (limits === null ? bySweep(lines) : byInterval(lines, from, reconcileSeconds * 1_000))

/** Under a limit that order decides which of a sweep's items wait as well: its items have the interval of their sweep in common. */
const byInterval = (lines: ReadonlyArray<ArrivalLine>, from: number, everyMs: number): ReadonlyArray<string> => {
  const isFound = (line: ArrivalLine): boolean => line.endsWith(" reconciliation")
  const found = lines.filter(isFound).map((line) => {
    const [at = "", ...rest] = line.split(" ")
    return `sweep ${Math.floor((Number(at) - from) / everyMs)} ${rest.join(" ")}`
  })
  return [...lines.filter((line) => !isFound(line)), ...found.sort()]
}

const bySweep = (lines: ReadonlyArray<ArrivalLine>): ReadonlyArray<ArrivalLine> => {
  const ordered: Array<ArrivalLine> = []
  let sweep: Array<ArrivalLine> = []
  const sweepOf = (line: ArrivalLine): string | null =>
    line.endsWith(" reconciliation") ? line.slice(0, line.indexOf(" ")) : null
  const settle = (): void => {
    ordered.push(...sweep.sort())
    sweep = []
  }
  for (const line of lines) {
    const of = sweepOf(line)
    if (sweep.length > 0 && sweepOf(sweep[0]!) !== of) settle()
    if (of === null) ordered.push(line)
    else sweep.push(line)
  }
  settle()
  return ordered
}

const planOf = ({ account, entities, limits, own, planned, pollers, provider }: WireScenario): ReplayPlan => ({
  ...(limits === null ? {} : { limits }),
  account: account.account,
  source: provider.product,
  planned,
  entities,
  own,
  replaced: new Set(pollers.map(({ name }) => name))
})

const noRest = { flush: async () => undefined, rest: () => undefined, stop: async () => undefined }

export const playBoth = async (scenario: WireScenario): Promise<Played> => {
  const folder = mkdtempSync(join(tmpdir(), "hookshift-both-"))
  try {
    const { from, limits, pollers, seed, to } = scenario
    const startProviderPort = simulatedAccounts([scenario.account])
    const db = join(folder, "polling.db")
    const stage = await startReplayEnvironment(startProviderPort, { from, changesUntil: to, seed })
    const [served] = stage.providerPort.accounts
    const programs = pollers.map(({ name, program }) =>
      startProgram(stage.time, {
        name,
        program: pathToFileURL(join(process.cwd(), "test/accuracy/programs/poller.mjs")),
        register: builtEntry("register.js"),
        thread: builtEntry("program-thread.js"),
        origins: [served!.url],
        env: {
          POLLER: JSON.stringify({ ...program, origin: served!.url }),
          HOOKSHIFT_DB: db,
          HOOKSHIFT_INTEGRATION: name,
          HOOKSHIFT_SALT: `both ${seed}`,
          HOOKSHIFT_HOSTS: `${new URL(served!.url).host}=${scenario.provider.product}@${scenario.account.account}`
        }
      })
    )
    await stage.time.runUntil(to - 1)
    const calls = stage.providerPort.calls()
    await stage.time.runUntil(to + 65 * 60_000)
    await Promise.all(programs.map((program) => program.stop()))
    const truth = stage.providerPort.truth()
    await stage.close()
    const wire = await replay({
      from,
      to,
      seed,
      reconcileSeconds: scenario.reconcileSeconds,
      faults: scenario.faults,
      faultsText: "",
      plans: [planOf(scenario)],
      startProviderPort: simulatedAccounts([{ ...scenario.account, ...(limits === null ? {} : { limits }) }]),
      polling: async () => ({ calls, truth, db }),
      startKept: async () => noRest,
      pollingDriver: "programs"
    })
    const arrivals = wire.arrivals
      .filter(({ at }) => at >= from)
      .map(({ at, entity, id, origin, updatedAt }): ArrivalLine => `${at} ${entity} ${id} ${updatedAt} ${origin}`)
    return { wire: { result: wire.result, arrivals, history: wire.history }, model: playModel(scenario, truth) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The same draws as the simulator's own streams give. */
const simulatorsDraws = (seed: number, product: string): RandomStreams => {
  const own = randomStreams(seed, 0, "both")
  const named: Readonly<Record<string, string>> = {
    "read lag": `read lag of ${product}`,
    deliveries: `deliveries of ${product}`
  }
  return (purpose) => (named[purpose] === undefined ? own(purpose) : randomStream(seed, named[purpose]).next)
}

/** Which field of its parent's embed tells of each entity of the script, from 1 on. */
const tellsIn = ({ provider, script }: WireScenario, ids: ReadonlyArray<string>): Uint8Array => {
  const made = [...script.entities, ...script.changes.filter(({ action }) => action === "create")]
  const tells = new Map(
    made.map(({ entity, fields, id }) => {
      const signs = provider.sweeps[provider.sweeps[entity]?.parent?.entity ?? ""]?.tells?.signs ?? []
      return [String(id), 1 + signs.findIndex((sign) => tellsOf(sign, fields))]
    })
  )
  return Uint8Array.from(ids, (id) => tells.get(id) ?? 0)
}

const playModel = (wire: WireScenario, truth: ReadonlyArray<TrueChange>): Played["model"] => {
  const { faults, from, planned, provider, stampMs, to } = wire
  const types = typesOf(provider, wire)
  const parentFields = new Map(
    Object.values(wireProducts[wire.account.product].types).map(({ entity, parent }) => [entity, parent?.field])
  )
  const { changes, entities, ids } = tablesOf(
    {
      entities: wire.script.entities.map(({ at, entity, fields, id }) => ({
        entity,
        id: String(id),
        updatedAt: Math.floor(at / stampMs) * stampMs,
        parent: parentFields.get(entity) === undefined ? null : String(fields[parentFields.get(entity)!])
      })),
      changes: truth.map((change) => ({
        ...change,
        parent: change.parent?.id ?? null,
        byReply: change.action === "update" && change.fields.length === 0
      }))
    },
    types,
    provider,
    wire
  )
  const outage = {
    from: from + faults.outageAfterSeconds * 1_000,
    to: from + (faults.outageAfterSeconds + faults.outageSeconds) * 1_000
  }
  const reconcileMs = wire.reconcileSeconds * 1_000
  const [firstRoute, ...further] = routeSpecsOf(provider, planned.routes)
  const scenario: Scenario = {
    account: wire.account.account,
    from,
    to,
    settledAt: to + settlingSeconds([planOf(wire)], wire) * 1_000,
    seed: wire.seed,
    types,
    entities: { ...entities, tell: tellsIn(wire, ids) },
    changes,
    stampMs,
    readLagMs: 800,
    callMs: 0,
    pollers: wire.pollers.map(({ name, spec }) => ({
      ...spec,
      type: types.findIndex((type) => name.endsWith(` ${type.name}`))
    })),
    delivery: {
      retryAfterMs: provider.deliveryPolicies["brief"]!.retryAfterSeconds.map((seconds) => seconds * 1_000),
      ...firstRoute!,
      ...(further.length === 0 ? {} : { further }),
      ackWithinMs: 5_000
    },
    receiver: {
      reconcileMs,
      own: convertIntervals(wire.own, (seconds) => seconds * 1_000),
      overlapMs: 120_000,
      readableWithinMs: 30_000,
      commitMs: 0,
      applyMs: 0,
      rememberMs: 24 * 3_600_000
    },
    faults: {
      ...faults,
      slowAck: 0,
      windows: faults.outageSeconds === 0 ? [] : [{ kind: "receiverDown", ...outage }],
      restarts: [],
      skewMs: 0
    },
    limit: wire.limits === null ? null : { calls: wire.limits.limit, periodMs: periodMs[wire.limits.period] },
    keptPerMinute: new Uint32Array(0)
  }
  const history: Array<HistoryLine> = []
  const figures = runSimulation(scenario, {
    draws: simulatorsDraws(wire.seed, provider.product),
    ids,
    sink: (line) => history.push(line)
  })
  const arrivals = history.flatMap((line): ReadonlyArray<ArrivalLine> => {
    if (line.k === "applied" && !line.late)
      return [`${line.t} ${line.entity} ${line.id} ${line.updatedAt} ${line.origin}`]
    return line.k === "refreshed" ? [`${line.t} ${line.entity} ${line.id} ${line.updatedAt} reconciliation`] : []
  })
  return { figures, arrivals, history }
}

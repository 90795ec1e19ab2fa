/**
 * A replay from a recording of your own, where neither programs nor bodies are at hand: the account is rebuilt from the
 * item versions that were seen, and the recorded GETs are made again at the moments at which they were made.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Redacted } from "effect"
import type { Analysis } from "../analysis/index.js"
import { instrumentFetch, openRecorder, type Recorder } from "../capture/index.js"
import { isReplaced } from "../domain/Verdict.js"
import { authorizationHeader } from "../providers/clients.js"
import { freshworksProducts, type Provider, providerOf } from "../providers/index.js"
import {
  type PolledPath,
  type RunningPollers,
  runTelling,
  type Stage,
  type StartStandIn,
  setStage
} from "../replay/index.js"
import { modelOf, type SimulatedProductName, type WorldScript } from "../simulator/index.js"
import type { ReplayParts } from "./Audit.js"
import { lastDay, type RecordedCall, readRecording, type Timeline, timelineOf } from "./RecordedChanges.js"
import { type SimulatedAccount, simulatedAccounts } from "./SimulatedAccount.js"

/** An id as the simulated product has it. */
const idOf = (text: string): number | string => (/^\d{1,15}$/.test(text) ? Number(text) : text)

const isSimulated = (product: string | null): product is SimulatedProductName =>
  freshworksProducts.some((name) => name === product)

/** The parts of a replay of what `db` holds. A window longer than a day is replayed for its last day. */
export const recordedReplay =
  (db: string, seed: number, plan: string | undefined) =>
  (analysis: Analysis): ReplayParts => {
    const window = lastDay(analysis.window)
    const needs = analysis.needs.filter(({ product }) => isSimulated(product))
    const recorded = needs.map((need) => {
      const provider = providerOf(need.product)!
      const { calls, versions } = readRecording(db, need.account, window)
      const timeline = timelineOf(versions, calls, provider, window.from)
      const account: SimulatedAccount = {
        product: need.product as SimulatedProductName,
        account: need.account,
        plan: planOf(provider, plan ?? analysis.rateLimits.find((limit) => limit.account === need.account)?.plan),
        entities: 1,
        changesPerHour: 0,
        script: scriptOf(timeline, calls, provider, window.from)
      }
      return { account, calls }
    })
    const startStandIn: StartStandIn = simulatedAccounts(recorded.map(({ account }) => account))
    const replaced = new Set(
      analysis.pollers.filter(isReplaced).map((poller) => `${poller.account} ${poller.integration}`)
    )
    const calls = recorded.flatMap((one) => one.calls).sort((a, b) => a.startedAt - b.startedAt || a.id - b.id)
    const slowest = analysis.pollers.reduce((most, poller) => Math.max(most, poller.intervalSeconds), 60)
    return {
      window,
      startStandIn,
      accounts: new Set(needs.map(({ account }) => account)),
      driver: "the recorded calls, made again at their recorded moments",
      startKept: async (stage, file) =>
        startCalls(
          stage,
          file,
          calls.filter((call) => !replaced.has(`${call.of.account} ${call.of.integration}`))
        ),
      polling: () => pollAgain({ startStandIn, seed, window, calls, settleMs: (slowest + 300) * 1000 })
    }
  }

/** The plan that is named; else the largest, so that no call is refused that was not. */
const planOf = (provider: Provider, name: string | null | undefined): string => {
  if (name !== null && name !== undefined && provider.plans[name] !== undefined) return name
  return Object.entries(provider.plans).sort(([, a], [, b]) => b.limit - a.limit)[0]![0]
}

/** The account's script for the stand-in: each change with values for the fields that are known to have changed. */
const scriptOf = (
  timeline: Timeline,
  calls: ReadonlyArray<RecordedCall>,
  provider: Provider,
  from: number
): WorldScript => {
  const model = modelOf(provider.product as SimulatedProductName)
  const isOurs = ({ entity, id }: { readonly entity: string; readonly id: string }): boolean => {
    const type = model.entities[entity]
    return type !== undefined && (type.firstId === "uuid") === (typeof idOf(id) === "string")
  }
  const belongs = (entity: string, parent: string | null): Record<string, unknown> => {
    const place = model.entities[entity]!.parent
    return place === undefined || parent === null ? {} : { [place.idField]: idOf(parent) }
  }
  const views = calls.flatMap(({ of, subject }) =>
    of.template.includes("/view/") && subject !== null ? [Number(subject)] : []
  )
  return {
    entities: timeline.entities.filter(isOurs).map(({ entity, id, parent, updatedAt }) => ({
      entity,
      id: idOf(id),
      at: Math.min(updatedAt, from - 1),
      fields: belongs(entity, parent)
    })),
    // A reply moves its ticket's stamp by itself.
    changes: timeline.changes
      .filter((change) => isOurs(change) && !change.byReply)
      .map(({ action, at, entity, fields, id, parent, updatedAt }) => ({
        at,
        entity,
        id: idOf(id),
        action,
        fields: action === "create" ? belongs(entity, parent) : valuesFor(fields, updatedAt, model.customFieldsAt)
      })),
    views: [...new Set(views)]
  }
}

const valuesFor = (fields: ReadonlyArray<string>, at: number, customAt: string | null): Record<string, unknown> => {
  const values: Record<string, unknown> = {}
  const custom: Record<string, unknown> = {}
  for (const field of fields) {
    if (field.startsWith("custom_fields.")) custom[field.slice("custom_fields.".length)] = `changed ${at}`
    else if (!notWritten.has(field)) values[field] = `changed ${at}`
  }
  return customAt === null || Object.keys(custom).length === 0 ? values : { ...values, [customAt]: custom }
}

const notWritten = new Set([
  "id",
  "display_id",
  "conversation_id",
  "user_id",
  "ticket_id",
  "created_at",
  "created_time",
  "deleted",
  "spam"
])

const pollAgain = async (options: {
  readonly startStandIn: StartStandIn
  readonly seed: number
  readonly window: { readonly from: number; readonly to: number }
  readonly calls: ReadonlyArray<RecordedCall>
  readonly settleMs: number
}): Promise<PolledPath> => {
  const { from, to } = options.window
  const work = mkdtempSync(join(tmpdir(), "hookshift-recorded-"))
  process.once("exit", () => rmSync(work, { recursive: true, force: true }))
  const db = join(work, "polling.db")
  const stage = await setStage(options.startStandIn, { from, changesUntil: to, seed: options.seed })
  const pollers = startCalls(stage, db, options.calls)
  await runTelling(stage, from, to, undefined)
  const calls = stage.standIn.calls()
  await stage.time.runUntil(to + options.settleMs)
  await pollers.stop()
  const truth = stage.standIn.truth()
  await stage.close()
  return { calls, truth, db }
}

/** Makes recorded calls again: each at its moment, whatever became of the ones before. */
const startCalls = (stage: Stage, db: string, calls: ReadonlyArray<RecordedCall>): RunningPollers => {
  const recorders = new Map<string, { readonly recorder: Recorder; readonly fetch: typeof fetch }>()
  const clientOf = (integration: string) => {
    let client = recorders.get(integration)
    if (client === undefined) {
      const recorder = openRecorder({
        db,
        integration,
        now: stage.time.now,
        hosts: stage.standIn.accounts.map(({ account, product, url }) => `${new URL(url).host}=${product}@${account}`)
      })
      client = { recorder, fetch: instrumentFetch(fetch, recorder) }
      recorders.set(integration, client)
    }
    return client
  }
  const urls = new Map(stage.standIn.accounts.map(({ account, url }) => [account, url]))
  for (const call of calls) {
    const url = urls.get(call.of.account)
    const provider = providerOf(call.of.product)
    if (url === undefined || provider === null) continue
    const authorization = authorizationHeader({
      scheme: provider.defaultScheme,
      secret: Redacted.make(`recorded-${call.of.principal ?? "nobody"}`)
    })
    stage.time.at(call.startedAt, () => {
      void clientOf(call.of.integration)
        .fetch(urlOf(url, call, provider), { headers: { authorization } })
        .then((response) => response.arrayBuffer())
        .catch(() => undefined) // a refused call is recorded as such
    })
  }
  const all = (use: (recorder: Recorder) => Promise<void>) =>
    Promise.all([...recorders.values()].map(({ recorder }) => use(recorder)))
  return {
    flush: async () => void (await all((recorder) => recorder.flush())),
    // Their moments all lie within the window.
    rest: () => undefined,
    stop: async () => void (await all((recorder) => recorder.close()))
  }
}

/** The call's URL as far as the recording knows it; what was hashed is left out, a search asks for what is open. */
const urlOf = (origin: string, call: RecordedCall, provider: Provider): string => {
  const url = new URL(origin)
  let subject = call.subject
  url.pathname = call.of.template.replace(/\{[a-z]+\}/g, () => {
    const value = subject ?? "1"
    subject = null
    return value
  })
  for (const part of call.of.query.split("&").filter((piece) => piece !== "")) {
    const [name, value] = part.split("=", 2) as [string, string]
    if (value === "*" && call.since !== null)
      url.searchParams.set(name, modelOf(provider.product as SimulatedProductName).stamp(call.since))
    else if (name === "query") url.searchParams.set(name, '"status:2"')
    else if (value !== "*" && !value.startsWith("#")) url.searchParams.set(name, value)
  }
  if (call.page !== null) url.searchParams.set("page", String(call.page))
  return url.href
}

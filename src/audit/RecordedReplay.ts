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
import type { Call, ItemVersion, Stream } from "../domain/Call.js"
import { isReplaced } from "../domain/Verdict.js"
import { authorizationHeader } from "../providers/clients.js"
import { cataloguedEndpoint, freshworksProducts, type Provider, providerOf } from "../providers/index.js"
import {
  type PolledPath,
  type RunningPollers,
  runTelling,
  type Stage,
  type StartStandIn,
  setStage
} from "../replay/index.js"
import { modelOf, type SimulatedProductName, type WorldScript } from "../simulator/index.js"
import { openDatabase } from "../store/index.js"
import type { ReplayParts } from "./Audit.js"
import { type SimulatedAccount, simulatedAccounts } from "./SimulatedAccount.js"

const day = 86_400_000

interface RecordedCall extends Call {
  readonly of: Stream
}

const isSimulated = (product: string | null): product is SimulatedProductName =>
  freshworksProducts.some((name) => name === product)

/** The parts of a replay of what `db` holds. A window longer than a day is replayed for its last day. */
export const recordedReplay =
  (db: string, seed: number, plan: string | undefined) =>
  (analysis: Analysis): ReplayParts => {
    const window = { from: Math.max(analysis.window.from, analysis.window.to - day), to: analysis.window.to }
    const needs = analysis.needs.filter(({ product }) => isSimulated(product))
    const recorded = needs.map((need) => {
      const provider = providerOf(need.product)!
      const { calls, versions } = readRecording(db, need.account, window)
      const account: SimulatedAccount = {
        product: need.product as SimulatedProductName,
        account: need.account,
        plan: planOf(provider, plan ?? analysis.rateLimits.find((limit) => limit.account === need.account)?.plan),
        entities: 1,
        changesPerHour: 0,
        script: scriptOf(versions, calls, provider, window.from)
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

const readRecording = (db: string, account: string, window: { readonly from: number; readonly to: number }) => {
  const database = openDatabase(db, { mustExist: true })
  try {
    const streams = new Map(
      (database.prepare("SELECT * FROM stream WHERE account = ?").all(account) as Array<Stream>).map((stream) => [
        stream.id,
        stream
      ])
    )
    const calls = (
      database
        .prepare(
          "SELECT id, stream, started_at AS startedAt, page, since, subject FROM call WHERE started_at >= ? AND started_at < ? ORDER BY started_at, id"
        )
        .all(window.from, window.to) as Array<Call>
    ).flatMap((call): Array<RecordedCall> => {
      const of = streams.get(call.stream)
      return of === undefined || of.method !== "GET" ? [] : [{ ...call, of }]
    })
    const versions = database
      .prepare(
        `SELECT v.stream, v.call, v.entity, v.entity_id AS entityId, v.updated_at AS updatedAt, v.created, v.changed, c.subject
         FROM item_version v JOIN call c ON c.id = v.call WHERE v.updated_at IS NOT NULL AND v.updated_at < ? ORDER BY v.updated_at, v.entity, v.entity_id`
      )
      .all(window.to) as Array<SeenVersion>
    return { calls, versions: versions.filter((version) => streams.has(version.stream)) }
  } finally {
    database.close()
  }
}

interface SeenVersion extends Omit<ItemVersion, "changed" | "created"> {
  readonly changed: string | null
  readonly created: number
  readonly subject: string | null
}

/** An id as the simulated product has it. */
const idOf = (text: string): number | string => (/^\d{1,15}$/.test(text) ? Number(text) : text)

/**
 * Whose dependant each version's entity is: the subject of the call that listed it, or of the last listing before the call
 * that fetched it alone.
 */
const parentsOf = (
  calls: ReadonlyArray<RecordedCall>,
  provider: Provider
): ((version: SeenVersion, parentless: boolean) => string | null) => {
  const listedFor = new Map<number, string>()
  const last = new Map<string, string>()
  for (const call of calls) {
    const { integration, method, template } = call.of
    if (cataloguedEndpoint(provider, method, template)?.kind === "children" && call.subject !== null)
      last.set(integration, call.subject)
    const parent = last.get(integration)
    if (parent !== undefined) listedFor.set(call.id, parent)
  }
  return (version, parentless) =>
    parentless ? null : version.subject !== version.entityId ? version.subject : (listedFor.get(version.call) ?? null)
}

/** What there was at the start, and what changed when: one change for each version, with the narrowest fields known. */
const scriptOf = (
  versions: ReadonlyArray<SeenVersion>,
  calls: ReadonlyArray<RecordedCall>,
  provider: Provider,
  from: number
): WorldScript => {
  const model = modelOf(provider.product as SimulatedProductName)
  const parentOf = parentsOf(calls, provider)
  const known = new Map<
    string,
    { readonly version: SeenVersion; fields: ReadonlyArray<string> | null; created: boolean }
  >()
  for (const version of versions) {
    const type = model.entities[version.entity]
    if (type === undefined || (type.firstId === "uuid") !== (typeof idOf(version.entityId) === "string")) continue
    const key = `${version.entity} ${version.entityId} ${version.updatedAt}`
    const fields = version.changed === null ? null : (JSON.parse(version.changed) as Array<string>)
    const entry = known.get(key)
    if (entry === undefined) known.set(key, { version, fields, created: version.created === 1 })
    else if (fields !== null && (entry.fields === null || fields.length < entry.fields.length)) entry.fields = fields
  }
  const entities: Array<WorldScript["entities"][number]> = []
  const changes: Array<WorldScript["changes"][number]> = []
  const present = new Map<string, number>()
  const moved = new Set<string>()
  for (const { version } of known.values()) {
    const { parent } = model.entities[version.entity]!
    if (parent?.touches === true) moved.add(`${parent.entity} ${version.subject} ${version.updatedAt}`)
  }
  for (const { created, fields, version } of known.values()) {
    const { entity } = version
    const id = idOf(version.entityId)
    const at = version.updatedAt!
    const name = `${entity} ${id}`
    const place = model.entities[entity]!.parent
    const parent = parentOf(version, place === undefined)
    const belongs = place === undefined || parent === null ? {} : { [place.idField]: idOf(parent) }
    if (at < from) {
      const before = present.get(name)
      if (before === undefined) present.set(name, entities.push({ entity, id, at, fields: belongs }) - 1)
      else entities[before] = { entity, id, at, fields: belongs }
      continue
    }
    if (created) {
      changes.push({ at: at + 500, entity, id, action: "create", fields: belongs })
      present.set(name, -1)
      continue
    }
    if (!present.has(name)) present.set(name, entities.push({ entity, id, at: from - day, fields: belongs }) - 1)
    // A reply moves its ticket's stamp by itself.
    if (fields?.length === 0 && moved.has(`${entity} ${id} ${at}`)) continue
    changes.push({
      at: at + 500,
      entity,
      id,
      action: "update",
      fields: valuesFor(fields ?? [assumedField(provider, entity)], at, model.customFieldsAt)
    })
  }
  const views = calls.flatMap(({ of, subject }) =>
    of.template.includes("/view/") && subject !== null ? [Number(subject)] : []
  )
  return { entities, changes, views: [...new Set(views)] }
}

/** Where nobody knew the version before, a field that fires an event is taken to have changed. */
const assumedField = (provider: Provider, entity: string): string => {
  const fields = provider.routes.app?.[entity]?.updateFields
  return fields === undefined || fields === "all" ? "name" : ([...fields][0] ?? "name")
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

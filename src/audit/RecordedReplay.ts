/**
 * A replay from a recording of your own, where neither programs nor bodies are at hand: the account is rebuilt from the
 * item versions that were seen, and the recorded GETs are made again at the moments at which they were made.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Analysis } from "../analysis/index.js"
import { instrumentFetch, openRecorder, type Recorder } from "../capture/index.js"
import type { Call, ItemVersion, Stream } from "../domain/Call.js"
import { toWholeSecondIso } from "../domain/Time.js"
import { type Provider, providerOf } from "../providers/index.js"
import {
  type PolledPath,
  type RunningPollers,
  runTelling,
  type Stage,
  type StartStandIn,
  setStage
} from "../replay/index.js"
import type { EntityName, WorldScript } from "../simulator/index.js"
import { openDatabase } from "../store/index.js"
import type { ReplayParts } from "./Audit.js"
import { simulatedAccount } from "./SimulatedAccount.js"

const day = 86_400_000

interface RecordedCall extends Call {
  readonly of: Stream
}

/** The parts of a replay of what `db` holds. A window longer than a day is replayed for its last day. */
export const recordedReplay =
  (db: string, seed: number, plan: string | undefined) =>
  (analysis: Analysis): ReplayParts => {
    const need = analysis.needs[0]
    const account = need?.account ?? ""
    const provider = providerOf(need?.product ?? null)
    const window = { from: Math.max(analysis.window.from, analysis.window.to - day), to: analysis.window.to }
    const recorded = provider === null ? null : readRecording(db, account, window)
    const startStandIn: StartStandIn = simulatedAccount({
      account,
      plan: plan ?? analysis.rateLimits.find((limit) => limit.account === account)?.plan ?? "forest",
      entities: 1,
      changesPerHour: 0,
      script:
        recorded === null || provider === null
          ? { entities: [], changes: [] }
          : scriptOf(recorded.versions, provider, window.from)
    })
    const replaced = new Set(
      analysis.pollers
        .filter((poller) => poller.verdict === "migrate" || poller.verdict === "hybrid")
        .map((poller) => poller.integration)
    )
    const calls = recorded?.calls ?? []
    const slowest = analysis.pollers.reduce((most, poller) => Math.max(most, poller.intervalSeconds), 60)
    return {
      window,
      startStandIn,
      driver: "the recorded calls, made again at their recorded moments",
      startKept: async (stage, file) =>
        startCalls(
          stage,
          file,
          calls.filter((call) => !replaced.has(call.of.integration))
        ),
      polling: () => pollAgain({ startStandIn, seed, window, calls, settleMs: (slowest + 300) * 1000 })
    }
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
        `SELECT v.stream, v.entity, v.entity_id AS entityId, v.updated_at AS updatedAt, v.created, v.changed, c.subject
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

const scripted = new Set<string>(["ticket", "contact", "company", "agent", "group", "conversation"])

/** What there was at the start, and what changed when: one change for each version, with the narrowest fields known. */
const scriptOf = (versions: ReadonlyArray<SeenVersion>, provider: Provider, from: number): WorldScript => {
  const known = new Map<
    string,
    { readonly version: SeenVersion; fields: ReadonlyArray<string> | null; created: boolean }
  >()
  for (const version of versions) {
    if (!scripted.has(version.entity) || !/^\d{1,15}$/.test(version.entityId)) continue
    const key = `${version.entity} ${version.entityId} ${version.updatedAt}`
    const fields = version.changed === null ? null : (JSON.parse(version.changed) as Array<string>)
    const entry = known.get(key)
    if (entry === undefined) known.set(key, { version, fields, created: version.created === 1 })
    else if (fields !== null && (entry.fields === null || fields.length < entry.fields.length)) entry.fields = fields
  }
  const entities: Array<WorldScript["entities"][number]> = []
  const changes: Array<WorldScript["changes"][number]> = []
  const present = new Set<string>()
  const replies = new Set<string>()
  for (const { version } of known.values()) {
    if (version.entity === "conversation") replies.add(`${version.subject} ${version.updatedAt}`)
  }
  for (const { created, fields, version } of known.values()) {
    const entity = version.entity as EntityName
    const id = Number(version.entityId)
    const at = version.updatedAt!
    const name = `${entity} ${id}`
    const parent = entity === "conversation" && version.subject !== null ? { ticket_id: Number(version.subject) } : {}
    if (at < from) {
      if (present.has(name))
        entities.splice(
          entities.findIndex((one) => one.entity === entity && one.id === id),
          1
        )
      entities.push({ entity, id, at, fields: parent })
      present.add(name)
      continue
    }
    if (created) {
      changes.push({ at: at + 500, entity, id, action: "create", fields: parent })
      present.add(name)
      continue
    }
    if (!present.has(name)) {
      entities.push({ entity, id, at: from - day, fields: parent })
      present.add(name)
    }
    // A reply moves its ticket's stamp by itself.
    if (fields?.length === 0 && entity === "ticket" && replies.has(`${id} ${at}`)) continue
    changes.push({
      at: at + 500,
      entity,
      id,
      action: "update",
      fields: valuesFor(fields ?? [assumedField(provider, entity)], at)
    })
  }
  return { entities, changes }
}

/** Where nobody knew the version before, a field that fires an event is taken to have changed. */
const assumedField = (provider: Provider, entity: string): string => {
  const fields = provider.routes.app[entity]?.updateFields
  return fields === undefined || fields === "all" ? "name" : ([...fields][0] ?? "name")
}

const valuesFor = (fields: ReadonlyArray<string>, at: number): Record<string, unknown> => {
  const values: Record<string, unknown> = {}
  const custom: Record<string, unknown> = {}
  for (const field of fields) {
    if (field.startsWith("custom_fields.")) custom[field.slice("custom_fields.".length)] = `changed ${at}`
    else if (field !== "created_at" && field !== "id" && field !== "deleted" && field !== "spam")
      values[field] = `changed ${at}`
  }
  return Object.keys(custom).length === 0 ? values : { ...values, custom_fields: custom }
}

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
        hosts: [`${new URL(stage.standIn.url).host}=freshdesk@${stage.standIn.account}`]
      })
      client = { recorder, fetch: instrumentFetch(fetch, recorder) }
      recorders.set(integration, client)
    }
    return client
  }
  for (const call of calls) {
    stage.time.at(call.startedAt, () => {
      const key = Buffer.from(`recorded-${call.of.principal ?? "nobody"}:X`).toString("base64")
      void clientOf(call.of.integration)
        .fetch(urlOf(stage.standIn.url, call), { headers: { authorization: `Basic ${key}` } })
        .then((response) => response.arrayBuffer())
        .catch(() => undefined) // a refused call is recorded as such
    })
  }
  const all = (use: (recorder: Recorder) => Promise<void>) =>
    Promise.all([...recorders.values()].map(({ recorder }) => use(recorder)))
  return {
    flush: async () => void (await all((recorder) => recorder.flush())),
    stop: async () => void (await all((recorder) => recorder.close()))
  }
}

/** The call's URL as far as the recording knows it; what was hashed is left out, a search asks for what is open. */
const urlOf = (origin: string, call: RecordedCall): string => {
  const url = new URL(origin)
  let subject = call.subject
  url.pathname = call.of.template.replace(/\{[a-z]+\}/g, () => {
    const value = subject ?? "1"
    subject = null
    return value
  })
  for (const part of call.of.query.split("&").filter((piece) => piece !== "")) {
    const [name, value] = part.split("=", 2) as [string, string]
    if (value === "*" && call.since !== null) url.searchParams.set(name, toWholeSecondIso(call.since))
    else if (name === "query") url.searchParams.set(name, '"status:2"')
    else if (value !== "*" && !value.startsWith("#")) url.searchParams.set(name, value)
  }
  if (call.page !== null) url.searchParams.set("page", String(call.page))
  return url.href
}

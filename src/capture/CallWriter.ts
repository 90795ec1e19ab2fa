/**
 * Turns observations into rows. Runs in the recorder's thread: parsing, hashing and SQLite cost the program nothing
 * but a core. Plain and synchronous; a batch is one transaction.
 */
import { createHash } from "node:crypto"
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib"
import { type CallId, callIdSlots } from "../domain/Call.js"
import { fingerprint, identifyingPart } from "../domain/Principal.js"
import { shapeQuery } from "../domain/Query.js"
import { endpointMatcher, type MatchedEndpoint, providerOf, retryAfterMillis } from "../providers/index.js"
import { type Database, saltOf } from "../store/index.js"
import { differingNames, fieldHashes, packHashes, type SeenItem, seenItems, unpackHashes } from "./ItemVersions.js"
import { type Observation, rememberedBodies, type ThreadData } from "./Observation.js"
import { type HostLookup, recordedHosts } from "./RecordedHosts.js"

export interface CallWriter {
  /** Writes all or nothing; throws what SQLite threw. */
  readonly write: (observations: ReadonlyArray<Observation>, lost: number) => void
  readonly end: () => void
}

/** Entities whose last field hashes are kept in memory; beyond it they are read from the database again. */
const stateCacheSize = 20_000
/** More than the program's thread remembers, so that what it leaves out is known here. */
const bodyCacheSize = 4 * rememberedBodies

/** A map that forgets what was longest unused. */
class Recent<Value> {
  private readonly entries = new Map<string, Value>()
  constructor(private readonly size: number) {}
  get(key: string): Value | undefined {
    const value = this.entries.get(key)
    if (value !== undefined) {
      this.entries.delete(key)
      this.entries.set(key, value)
    }
    return value
  }
  set(key: string, value: Value): void {
    this.entries.delete(key)
    this.entries.set(key, value)
    if (this.entries.size > this.size) this.entries.delete(this.entries.keys().next().value as string)
  }
  clear(): void {
    this.entries.clear()
  }
}

interface KnownState {
  readonly version: string
  readonly fields: Map<string, string>
}

export const makeCallWriter = (database: Database, data: Omit<ThreadData, "counters" | "file">): CallWriter => {
  const salt = saltOf(database)
  const seed = Number.parseInt(salt.slice(0, 8), 16) | 0
  const lookup: HostLookup = recordedHosts(data.hosts)
  const matchers = new Map<string | null, (method: string, path: string) => MatchedEndpoint>()
  const streams = new Map<string, number>()
  const principals = new Map<string, string>()
  const states = new Recent<KnownState>(stateCacheSize)
  /** How many items the last body of a request had. */
  const bodies = new Recent<number>(bodyCacheSize)

  const recorderId = database
    .prepare(
      "INSERT INTO recorder (integration, program, pid, started_at, last_seen_at) VALUES (?, ?, ?, ?, ?) RETURNING id"
    )
    .pluck()
    .get(data.integration, data.program, data.pid, data.startedAt, data.startedAt) as number
  const noteProgress = database.prepare(
    "UPDATE recorder SET calls = calls + ?, lost = lost + ?, last_seen_at = max(last_seen_at, ?) WHERE id = ?"
  )
  const addStream = database.prepare(
    `INSERT INTO stream (integration, principal, product, account, method, template, query) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET integration = excluded.integration RETURNING id`
  )
  const addCall = database.prepare(
    `INSERT INTO call (id, stream, started_at, duration_ms, status, error, page, since, subject, request_bytes,
       response_bytes, limit_total, limit_remaining, retry_after, items, new_versions)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
  )
  const noteItems = database.prepare("UPDATE call SET items = ?, new_versions = ? WHERE id = ?")
  const addVersion = database.prepare(
    `INSERT INTO item_version (stream, entity, entity_id, version, call, updated_at, seen_at, created, changed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
  )
  const readState = database.prepare(
    "SELECT version, fields FROM item_state WHERE stream = ? AND entity = ? AND entity_id = ?"
  )
  const writeState = database.prepare(
    `INSERT INTO item_state (stream, entity, entity_id, version, fields) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET version = excluded.version, fields = excluded.fields`
  )

  const integrationSlot = (createHash("sha256").update(data.integration).digest()[0]! & 0x7f) * 16
  let sequence = 0

  const principalOf = (authorization: string | null): string => {
    if (authorization === null) return ""
    let principal = principals.get(authorization)
    if (principal === undefined) {
      principal = fingerprint(identifyingPart(authorization), salt)
      if (principals.size > 1_000) principals.clear()
      principals.set(authorization, principal)
    }
    return principal
  }

  const streamOf = (
    principal: string,
    product: string | null,
    account: string,
    method: string,
    template: string,
    query: string
  ): number => {
    const key = [principal, product, account, method, template, query].join("\0")
    let id = streams.get(key)
    if (id === undefined) {
      id = addStream.pluck().get(data.integration, principal, product ?? "", account, method, template, query) as number
      streams.set(key, id)
    }
    return id
  }

  const newCallId = (startedAt: number, insert: (id: CallId) => number): CallId => {
    let id = Math.floor(startedAt) * callIdSlots + integrationSlot + (sequence++ % 16)
    while (insert(id) === 0) id += 1
    return id
  }

  const stateOf = (stream: number, item: SeenItem): KnownState | undefined => {
    const key = `${stream} ${item.entity} ${item.entityId}`
    const cached = states.get(key)
    if (cached !== undefined) return cached
    const row = readState.get(stream, item.entity, item.entityId) as { version: string; fields: string } | undefined
    return row === undefined ? undefined : { version: row.version, fields: unpackHashes(row.fields) }
  }

  const noteItem = (stream: number, call: CallId, seenAt: number, item: SeenItem): boolean => {
    const known = stateOf(stream, item)
    if (known?.version === item.version) return false
    const fields = fieldHashes(item.fields, seed)
    const changed = known === undefined ? null : JSON.stringify(differingNames(known.fields, fields))
    const added = addVersion.run(
      stream,
      item.entity,
      item.entityId,
      item.version,
      call,
      item.updatedAt,
      seenAt,
      item.created ? 1 : 0,
      changed
    ).changes
    states.set(`${stream} ${item.entity} ${item.entityId}`, { version: item.version, fields })
    writeState.run(stream, item.entity, item.entityId, item.version, packHashes(fields))
    return added > 0
  }

  const writeOne = (seen: Observation): void => {
    const url = new URL(seen.url)
    const host = lookup(url.host, url.pathname)
    if (host === null) return
    const provider = providerOf(host.product)
    const match = matchers.get(host.product) ?? endpointMatcher(provider)
    matchers.set(host.product, match)
    // A stand-in may serve a product under a path of its own.
    const from = provider === null ? 0 : Math.max(0, url.pathname.indexOf(`${provider.pathPrefix}/`))
    const { endpoint, subject, template } = match(seen.method, url.pathname.slice(from))
    const { page, shape, since } = shapeQuery(url.search, salt)
    const principal = principalOf(seen.authorization)
    const stream = streamOf(principal, host.product, host.account, seen.method, template, shape)
    const retryAfter = retryAfterMillis(seen.retryAfter ?? undefined, seen.startedAt)
    const id = newCallId(
      seen.startedAt,
      (candidate) =>
        addCall.run(
          candidate,
          stream,
          seen.startedAt,
          seen.durationMs,
          seen.status,
          seen.error,
          page,
          since,
          subject,
          seen.requestBytes,
          seen.responseBytes,
          seen.limitTotal,
          seen.limitRemaining,
          retryAfter === null ? null : retryAfter / 1000,
          null,
          null
        ).changes
    )
    if (seen.status === 304) noteItems.run(0, 0, id)
    const bodyKey = `${stream} ${page} ${subject} ${since}`
    if (seen.sameBody) {
      const items = bodies.get(bodyKey)
      if (items !== undefined) noteItems.run(items, 0, id)
      return
    }
    if (seen.body === null || seen.status === null || seen.status < 200 || seen.status > 299) return
    const body = parse(Buffer.concat(seen.body), seen.contentEncoding)
    if (body === undefined) return
    const items = seenItems(body, provider, endpoint, template)
    const seenAt = Math.round(seen.startedAt + seen.durationMs)
    let fresh = 0
    for (const item of items) if (noteItem(stream, id, seenAt, item)) fresh += 1
    bodies.set(bodyKey, items.length)
    noteItems.run(items.length, fresh, id)
  }

  return {
    write: (observations, lost) => {
      try {
        database
          .transaction(() => {
            for (const observation of observations) writeOne(observation)
            const last = observations.at(-1)
            noteProgress.run(observations.length, lost, last === undefined ? 0 : Math.round(last.startedAt), recorderId)
          })
          .immediate()
      } catch (error) {
        // What the caches learnt in a transaction that was rolled back is not so.
        streams.clear()
        states.clear()
        bodies.clear()
        throw error
      }
    },
    end: () => {
      database.prepare("UPDATE recorder SET ended = 1 WHERE id = ?").run(recorderId)
    }
  }
}

const parse = (raw: Buffer, encoding: string | null): unknown => {
  try {
    return JSON.parse(decompress(raw, encoding).toString("utf8"))
  } catch {
    return undefined // no JSON after all: the call is kept, its items are unknown
  }
}

const decompress = (raw: Buffer, encoding: string | null): Buffer => {
  switch (encoding?.toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return gunzipSync(raw)
    case "br":
      return brotliDecompressSync(raw)
    case "deflate":
      return inflateSync(raw)
    default:
      return raw
  }
}

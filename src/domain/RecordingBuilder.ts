/** Fills a recording's columns from rows that come in the order of time. */
import type { Call, ItemVersion, Stream } from "./Call.js"
import { isCount } from "./CallBounds.js"
import {
  type CallColumns,
  type Interner,
  lowerBound,
  makeInterner,
  type Recording,
  type VersionColumns
} from "./Recording.js"
import { isPlausible } from "./Span.js"

type Column = Float64Array | Float32Array | Int32Array | Uint16Array | Uint8Array
type Columns = Record<string, Column>

const callTypes = {
  id: Float64Array,
  startedAt: Float64Array,
  durationMs: Float32Array,
  status: Uint16Array,
  page: Int32Array,
  since: Float64Array,
  subject: Int32Array,
  responseBytes: Float64Array,
  limitTotal: Int32Array,
  limitRemaining: Int32Array,
  retryAfterSeconds: Float32Array,
  items: Int32Array,
  newVersions: Int32Array,
  process: Float64Array,
  clockMs: Float64Array,
  failedRecords: Int32Array
} as const

const versionTypes = {
  call: Int32Array,
  entity: Int32Array,
  entityId: Int32Array,
  updatedAt: Float64Array,
  seenAt: Float64Array,
  created: Uint8Array,
  changed: Int32Array
} as const

/** Columns that grow by doubling. */
class Growing<T extends Record<string, new (length: number) => Column>> {
  length = 0
  private room = 16
  columns: Columns
  constructor(private readonly types: T) {
    this.columns = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, new type(this.room)]))
  }
  /** The place of a new row, whose cells are still to be set. */
  add(): number {
    if (this.length === this.room) {
      this.room *= 2
      this.columns = Object.fromEntries(
        Object.entries(this.types).map(([name, type]) => {
          const grown = new type(this.room)
          grown.set(this.columns[name]!)
          return [name, grown]
        })
      )
    }
    return this.length++
  }
  /** Once: the room that was left over is let go of. */
  done<A>(): A {
    const made = Object.entries(this.columns).map(([name, column]) => [name, column.slice(0, this.length)])
    this.columns = {}
    return { length: this.length, ...Object.fromEntries(made) } as A
  }
}

/** In the order of their calls; those of one call stay in theirs. */
const byCall = (versions: VersionColumns, calls: number): VersionColumns => {
  const { call, length } = versions
  let inOrder = true
  for (let row = 1; row < length && inOrder; row++) inOrder = call[row]! >= call[row - 1]!
  if (inOrder) return versions
  // Where the versions of each call begin, then where its next one goes.
  const next = new Int32Array(calls + 1)
  for (let row = 0; row < length; row++) next[call[row]! + 1]! += 1
  for (let place = 0; place < calls; place++) next[place + 1]! += next[place]!
  const place = new Int32Array(length)
  for (let row = 0; row < length; row++) place[row] = next[call[row]!]!++
  const sorted = <C extends Column>(column: C): C => {
    const made = column.slice() as C
    for (let row = 0; row < length; row++) made[place[row]!] = column[row]!
    return made
  }
  return {
    length,
    call: sorted(call),
    entity: sorted(versions.entity),
    entityId: sorted(versions.entityId),
    updatedAt: sorted(versions.updatedAt),
    seenAt: sorted(versions.seenAt),
    created: sorted(versions.created),
    changed: sorted(versions.changed)
  }
}

const numberOr = (value: number | null | undefined, otherwise: number): number => value ?? otherwise
/** For whole-number columns: a value that does not fit is unknown. */
const countOr = (value: number | null, otherwise: number): number =>
  value !== null && isCount(value) ? value : otherwise
const momentOr = (value: number | null, otherwise: number): number =>
  value !== null && isPlausible(value) ? value : otherwise

export type RecordingNotes = Pick<Recording, "recordsLost" | "leftOut" | "recordersCutOff" | "bodiesKept">

export interface RecordingBuilder {
  /** In the order of time. */
  readonly call: (call: Call) => void
  /** In any order; of a call that is not here it is left out. */
  readonly version: (version: Omit<ItemVersion, "version">) => void
  readonly done: (notes: RecordingNotes) => Recording
}

export const buildRecording = (streams: Iterable<Stream>): RecordingBuilder => {
  const interner: Interner = makeInterner()
  const fieldSets: Array<ReadonlyArray<string>> = []
  const fieldSetPlaces = new Map<string, number>()
  // Readers that parse each set once give the same one again.
  const sameSets = new WeakMap<ReadonlyArray<string>, number>()
  const fieldSetOf = (changed: ReadonlyArray<string>): number => {
    const same = sameSets.get(changed)
    if (same !== undefined) return same
    const key = changed.join("\n")
    let place = fieldSetPlaces.get(key)
    if (place === undefined) {
      place = fieldSets.length
      fieldSets.push(changed)
      fieldSetPlaces.set(key, place)
    }
    sameSets.set(changed, place)
    return place
  }
  const byId = new Map(
    [...streams].map((stream) => [
      stream.id,
      {
        stream,
        calls: new Growing(callTypes),
        versions: new Growing(versionTypes),
        records: new Map<number, ReadonlyArray<string>>()
      }
    ])
  )
  let calls = 0
  let firstAt: number | null = null
  let lastAt: number | null = null

  const call: RecordingBuilder["call"] = (seen) => {
    const series = byId.get(seen.stream)
    if (series === undefined) return
    const row = series.calls.add()
    const { columns } = series.calls
    columns["id"]![row] = seen.id
    columns["startedAt"]![row] = seen.startedAt
    columns["durationMs"]![row] = numberOr(seen.durationMs, Number.NaN)
    columns["status"]![row] = numberOr(seen.status, 0)
    columns["page"]![row] = countOr(seen.page, -1)
    columns["since"]![row] = momentOr(seen.since, Number.NaN)
    columns["subject"]![row] = seen.subject === null ? -1 : interner.placeOf(seen.subject)
    columns["responseBytes"]![row] = numberOr(seen.responseBytes, Number.NaN)
    columns["limitTotal"]![row] = countOr(seen.limitTotal, -1)
    columns["limitRemaining"]![row] = countOr(seen.limitRemaining, -1)
    columns["retryAfterSeconds"]![row] = numberOr(seen.retryAfterSeconds, Number.NaN)
    columns["items"]![row] = countOr(seen.items, -1)
    columns["newVersions"]![row] = countOr(seen.newVersions, -1)
    columns["process"]![row] = numberOr(seen.process, 0)
    columns["clockMs"]![row] = numberOr(seen.clockMs, Number.NaN)
    columns["failedRecords"]![row] = countOr(seen.failedRecords, -1)
    if (seen.recordHashes !== null) series.records.set(row, seen.recordHashes)
    calls += 1
    firstAt ??= seen.startedAt
    lastAt = seen.startedAt
  }

  const version: RecordingBuilder["version"] = (seen) => {
    const series = byId.get(seen.stream)
    if (series === undefined) return
    const ids = series.calls.columns["id"] as Float64Array
    const place = lowerBound(ids, seen.call, series.calls.length)
    if (place === series.calls.length || ids[place] !== seen.call) return
    const row = series.versions.add()
    const { columns } = series.versions
    columns["call"]![row] = place
    columns["entity"]![row] = interner.placeOf(seen.entity)
    columns["entityId"]![row] = interner.placeOf(seen.entityId)
    columns["updatedAt"]![row] = momentOr(seen.updatedAt, Number.NaN)
    columns["seenAt"]![row] = seen.seenAt
    columns["created"]![row] = seen.created ? 1 : 0
    columns["changed"]![row] = seen.changed === null ? -1 : fieldSetOf(seen.changed)
  }

  return {
    call,
    version,
    done: (notes) => ({
      streams: [...byId.values()]
        .filter((series) => series.calls.length > 0)
        .map((series) => ({
          stream: series.stream,
          calls: series.calls.done<CallColumns>(),
          versions: byCall(series.versions.done<VersionColumns>(), series.calls.length),
          records: series.records
        })),
      names: interner.names,
      fieldSets,
      calls,
      firstAt,
      lastAt,
      ...notes
    })
  }
}

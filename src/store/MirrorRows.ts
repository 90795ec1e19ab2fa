/** Notes of a mirror: entities written to, how far pollers were answered, tallies, samples. */
import type { EpochMillis } from "../domain/Time.js"
import { type Database, openDatabase } from "./Database.js"
import { explain } from "./StoreError.js"

export interface MirrorMark {
  readonly source: string
  readonly entity: string
  readonly entityId: string
  readonly at: EpochMillis
}

export interface MirrorCursor {
  readonly poller: string
  readonly since: number
  readonly acknowledged: number
  readonly answered: number
  readonly at: EpochMillis
}

export interface MirrorTally {
  /** `2026-11-27`, in UTC. */
  readonly day: string
  readonly source: string
  readonly integration: string
  readonly endpoint: string
  /** `hit`, `miss`, `bypass`; in dark mode `right` and `wrong`. */
  readonly outcome: string
  readonly reason: string
  readonly count: number
}

export interface MirrorSample {
  readonly at: EpochMillis
  readonly source: string
  readonly integration: string
  readonly endpoint: string
  readonly outcome: string
  readonly behindMs: number
}

/** Callers of one program that no setting names. */
export interface MirrorCaller {
  readonly source: string
  readonly integration: string
  /** The entity type; empty for all of them. */
  readonly entity: string
  /** `shown` to see everything of the type, `looked at`, or `closed` behind a contradiction. */
  readonly standing: string
  readonly callers: number
  readonly at: EpochMillis
}

export interface MirrorNotes {
  readonly marks: () => ReadonlyArray<MirrorMark>
  readonly cursors: () => ReadonlyArray<MirrorCursor>
  /** On its way to the disk when it returns: a process that is killed loses none. */
  readonly mark: (marks: ReadonlyArray<MirrorMark>) => void
  readonly write: (notes: {
    readonly unmarked: ReadonlyArray<MirrorMark>
    readonly cursors: ReadonlyArray<MirrorCursor>
    readonly tallies: ReadonlyArray<MirrorTally>
    readonly samples: ReadonlyArray<MirrorSample>
    /** All of them, in place of those before; `null`: as they were. */
    readonly callers: ReadonlyArray<MirrorCaller> | null
  }) => void
  readonly close: () => void
}

/** How long another process's write is waited for: every request waits meanwhile. */
const lockedForMs = 250

/** Cursors of pollers that have not asked for so long are dropped; samples likewise. */
const keptMs = 30 * 86_400_000

export const openMirrorNotes = (file: string): MirrorNotes => {
  const database = openDatabase(file, { mustExist: true, busyTimeoutMs: lockedForMs })
  const setMark = database.prepare(
    `INSERT INTO mirror_mark (source, entity, entity_id, at) VALUES (@source, @entity, @entityId, @at)
     ON CONFLICT DO UPDATE SET at = max(at, excluded.at)`
  )
  const unmark = database.prepare(
    "DELETE FROM mirror_mark WHERE source = @source AND entity = @entity AND entity_id = @entityId AND at <= @at"
  )
  const setCursor = database.prepare(
    `INSERT INTO mirror_cursor (poller, since, acknowledged, answered, at)
     VALUES (@poller, @since, @acknowledged, @answered, @at)
     ON CONFLICT DO UPDATE SET since = excluded.since, acknowledged = excluded.acknowledged, answered = excluded.answered,
       at = excluded.at`
  )
  const addTally = database.prepare(
    `INSERT INTO mirror_tally (day, source, integration, endpoint, outcome, reason, count)
     VALUES (@day, @source, @integration, @endpoint, @outcome, @reason, @count)
     ON CONFLICT DO UPDATE SET count = count + excluded.count`
  )
  const addSample = database.prepare(
    `INSERT INTO mirror_sample (at, source, integration, endpoint, outcome, behind_ms)
     VALUES (@at, @source, @integration, @endpoint, @outcome, @behindMs)`
  )
  const dropCallers = database.prepare("DELETE FROM mirror_caller")
  const addCaller = database.prepare(
    `INSERT INTO mirror_caller (source, integration, entity, standing, callers, at)
     VALUES (@source, @integration, @entity, @standing, @callers, @at)`
  )
  const dropCursors = database.prepare("DELETE FROM mirror_cursor WHERE at < ?")
  const dropSamples = database.prepare("DELETE FROM mirror_sample WHERE at < ?")
  const written = <A>(work: () => A): A => {
    try {
      return work()
    } catch (error) {
      throw explain(error, file)
    }
  }
  return {
    marks: () =>
      database
        .prepare("SELECT source, entity, entity_id AS entityId, at FROM mirror_mark")
        .all() as ReadonlyArray<MirrorMark>,
    cursors: () =>
      database
        .prepare("SELECT poller, since, acknowledged, answered, at FROM mirror_cursor")
        .all() as ReadonlyArray<MirrorCursor>,
    mark: (marks) =>
      written(() =>
        database
          .transaction(() => {
            for (const one of marks) setMark.run(one)
          })
          .immediate()
      ),
    write: ({ callers, cursors, samples, tallies, unmarked }) =>
      written(() =>
        database
          .transaction(() => {
            for (const one of unmarked) unmark.run(one)
            for (const one of cursors) setCursor.run(one)
            for (const one of tallies) addTally.run(one)
            for (const one of samples) addSample.run(one)
            if (callers !== null) dropCallers.run()
            for (const one of callers ?? []) addCaller.run(one)
            const newest = cursors.at(-1)?.at ?? samples.at(-1)?.at
            if (newest === undefined) return
            dropCursors.run(newest - keptMs)
            dropSamples.run(newest - keptMs)
          })
          .immediate()
      ),
    close: () => database.close()
  }
}

/** All tallies, samples and callers, for people. */
export const readMirror = (
  database: Database
): {
  readonly tallies: ReadonlyArray<MirrorTally>
  readonly samples: ReadonlyArray<MirrorSample>
  readonly callers: ReadonlyArray<MirrorCaller>
} => ({
  callers: database
    .prepare(
      "SELECT source, integration, entity, standing, callers, at FROM mirror_caller ORDER BY source, integration, entity"
    )
    .all() as ReadonlyArray<MirrorCaller>,
  tallies: database
    .prepare(
      "SELECT day, source, integration, endpoint, outcome, reason, count FROM mirror_tally ORDER BY source, integration, endpoint"
    )
    .all() as ReadonlyArray<MirrorTally>,
  samples: database
    .prepare("SELECT at, source, integration, endpoint, outcome, behind_ms AS behindMs FROM mirror_sample ORDER BY id")
    .all() as ReadonlyArray<MirrorSample>
})

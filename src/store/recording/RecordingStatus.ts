/** The contents of a recording, and the recorders that write it. */
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

/** Whether a process of this machine runs; it does unless the system says that it is gone. */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH" // EPERM: it runs, and is another user's
  }
}

export interface RecorderRow {
  /** `null` where each call's User-Agent names its program. */
  readonly integration: string | null
  readonly program: string
  readonly kind: string
  readonly pid: number
  readonly startedAt: EpochMillis
  readonly lastSeenAt: EpochMillis
  readonly calls: number
  readonly lost: number
  readonly ended: boolean
  readonly keepsBodies: boolean
}

export interface OtherHost {
  readonly host: string
  readonly calls: number
}

export interface RecordingStatus {
  readonly recorders: ReadonlyArray<RecorderRow>
  readonly hosts: ReadonlyArray<{ readonly account: string; readonly calls: number }>
  /** Calls to hosts that are not recorded, the most called first. */
  readonly otherHosts: ReadonlyArray<OtherHost>
  readonly calls: number
  readonly lost: number
  readonly itemVersions: number
  readonly bodiesKept: boolean
  readonly from: EpochMillis | null
  readonly to: EpochMillis | null
  readonly databaseBytes: number
}

/** Hosts that are not recorded, the most called first. */
export const readOtherHosts = (database: Database): ReadonlyArray<OtherHost> =>
  database
    .prepare("SELECT host, sum(calls) AS calls FROM other_host GROUP BY host ORDER BY calls DESC, host")
    .all() as Array<OtherHost>

export const readRecordingStatus = (database: Database): RecordingStatus => {
  const rows = <Row>(sql: string): Array<Row> => database.prepare(sql).all() as Array<Row>
  const recorders = rows<Omit<RecorderRow, "ended" | "keepsBodies"> & { ended: number; keepsBodies: number }>(
    `SELECT NULLIF(integration, '') AS integration, program, kind, pid, started_at AS startedAt,
       last_seen_at AS lastSeenAt, calls, lost, ended, keeps_bodies AS keepsBodies
     FROM recorder ORDER BY started_at, id`
  )
  const hosts = rows<{ account: string; calls: number }>(
    `SELECT account, count(*) AS calls FROM call JOIN stream ON stream.id = call.stream
     GROUP BY account ORDER BY calls DESC, account`
  )
  const [span] = rows<{ from: number | null; to: number | null; calls: number }>(
    `SELECT min(started_at) AS "from", max(started_at) AS "to", count(*) AS calls FROM call`
  )
  const [rest] = rows<{ versions: number; bodies: number; bytes: number }>(
    `SELECT (SELECT count(*) FROM item_version) AS versions, EXISTS (SELECT 1 FROM body) AS bodies,
       (SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM pragma_page_size()) AS bytes`
  )
  return {
    recorders: recorders.map((row) => ({ ...row, ended: row.ended === 1, keepsBodies: row.keepsBodies === 1 })),
    hosts,
    otherHosts: readOtherHosts(database),
    calls: span!.calls,
    lost: recorders.reduce((sum, row) => sum + row.lost, 0),
    itemVersions: rest!.versions,
    bodiesKept: rest!.bodies === 1,
    from: span!.from,
    to: span!.to,
    databaseBytes: rest!.bytes
  }
}

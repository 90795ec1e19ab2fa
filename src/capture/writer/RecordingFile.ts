/**
 * The database file of the recorder's thread: opened at need, given up after an error, and replaced when it was
 * deleted.
 */
import { statSync } from "node:fs"
import { type Database, openDatabase } from "../../store/index.js"
import type { Observation } from "../Observation.js"
import { isHostCount } from "../spool/HostCount.js"
import type { ThreadData } from "../spool/ThreadData.js"
import { type CallWriter, makeCallWriter } from "./CallWriter.js"

export class RecordingFile {
  private database: Database | undefined
  private writer: CallWriter | undefined
  private inode = 0
  /** Calls that this file has of ours: lost when it is deleted. */
  private written = 0

  /** `step` is called after each step that takes time: opening, and writing a record. */
  constructor(
    private readonly data: ThreadData,
    private readonly step: () => void
  ) {}

  /**
   * Writes all or nothing, and counts `lost`; throws what the file system or SQLite threw. Returns the number of
   * calls.
   */
  write(batch: ReadonlyArray<Observation>, lost: number): number {
    const calls = batch.reduce((sum, observation) => sum + (isHostCount(observation) ? 0 : 1), 0)
    const notKept = this.open().write(batch, lost, () => {
      this.step()
      return true
    })
    this.written += calls - notKept
    return calls
  }

  /**
   * Gives up a file that was deleted or replaced; returns the number of calls lost with it, or `null` when it is in
   * place.
   */
  giveUpDeleted(): number | null {
    if (this.writer === undefined) return null
    if (statSync(this.data.file, { throwIfNoEntry: false })?.ino === this.inode) return null
    this.giveUp()
    return this.written
  }

  /** Closes the file after an error; the next write opens it again. */
  giveUp(): void {
    try {
      this.database?.close()
    } catch {
      // an error on closing changes nothing: the file is given up anyway
    }
    this.database = undefined
    this.writer = undefined
  }

  end(): void {
    try {
      this.writer?.end()
      this.database?.close()
    } catch {
      // Nothing more can be written; the shared counters have the losses.
    }
  }

  private open(): CallWriter {
    if (this.writer !== undefined) return this.writer
    const { data } = this
    this.database = openDatabase(data.file, {
      busyTimeoutMs: 2_000,
      ...(data.salt === null ? {} : { salt: data.salt })
    })
    this.inode = statSync(data.file).ino
    this.written = 0
    this.step()
    this.writer = makeCallWriter(this.database, data)
    this.step()
    return this.writer
  }
}

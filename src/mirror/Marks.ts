/**
 * Entities that are to be read after a restart, since the receiver's state need not show them as they are: those that
 * were written to, until they were read, and those of which an answer has shown what the state does not, until they
 * were swept.
 */
import type { EpochMillis } from "../domain/Time.js"
import type { MirrorMark, MirrorNotes } from "../store/index.js"
import type { State } from "./state/State.js"

interface Kept {
  readonly mark: MirrorMark
  /** Why it is kept: one of these, or both. */
  readonly written: boolean
  readonly untold: boolean
}

export class Marks {
  private readonly kept = new Map<string, Kept>()
  private readonly unwritten = new Map<string, MirrorMark>()

  /** `onFailure` is called once for as long as nothing can be written. */
  constructor(
    private readonly notes: Pick<MirrorNotes, "mark">,
    private readonly state: State,
    stored: ReadonlyArray<MirrorMark>,
    private readonly onFailure: (error: unknown) => void
  ) {
    this.takeStored(stored)
  }

  /** Those of a mirror before this one, or of another one meanwhile. */
  takeStored(stored: ReadonlyArray<MirrorMark>): void {
    for (const mark of stored) {
      this.keep(mark, "written")
      this.state.of(mark.source, mark.entity)?.mark(mark.entityId, { at: mark.at, stamp: null })
    }
  }

  /** On disk before the write goes out. */
  noteWrite(source: string, entity: string, entityId: string, at: EpochMillis): void {
    this.put([this.keep({ source, entity, entityId, at }, "written")])
  }

  /** On disk before a client has the answer. */
  noteUntold(source: string, entity: string, ids: ReadonlyArray<string>, at: EpochMillis): void {
    this.put(ids.map((entityId) => this.keep({ source, entity, entityId, at }, "untold")))
  }

  private keep(mark: MirrorMark, why: "written" | "untold"): MirrorMark {
    const key = keyOf(mark)
    const known = this.kept.get(key)
    const newest = { ...mark, at: Math.max(mark.at, known?.mark.at ?? 0) }
    this.kept.set(key, { written: false, untold: false, ...known, mark: newest, [why]: true })
    return newest
  }

  private put(marks: ReadonlyArray<MirrorMark>): void {
    // Another mirror's notes are not written to.
    const failed = this.unwritten.size > 0 || !this.state.isOwner()
    try {
      // A database that takes no writes is not waited for at each request.
      if (!failed) return this.notes.mark(marks)
    } catch (error) {
      this.onFailure(error)
    }
    // The request goes on all the same: it is its program's. The marks are in memory, and follow.
    for (const mark of marks) this.unwritten.set(keyOf(mark), mark)
  }

  /** Writes what could not be written before; throws where it still cannot. */
  catchUp(): void {
    if (this.unwritten.size === 0) return
    this.notes.mark([...this.unwritten.values()])
    this.unwritten.clear()
  }

  /** Those that are needed no more. */
  takeRead(): ReadonlyArray<MirrorMark> {
    const done = [...this.kept].filter(([, one]) => !this.isNeeded(one))
    for (const [key] of done) this.kept.delete(key)
    return done.map(([, { mark }]) => mark)
  }

  private isNeeded({ mark: { at, entity, entityId, source }, untold, written }: Kept): boolean {
    const type = this.state.of(source, entity)
    return (written && type?.marks.has(entityId) === true) || (untold && type?.isCompared(at) === false)
  }
}

const keyOf = ({ entity, entityId, source }: MirrorMark): string => `${source} ${entity} ${entityId}`

/**
 * Entities that are to be read after a restart, since the receiver's state does not show them as they are: those that were
 * written to, until they were read, and those of which an answer has shown what no push told of, until they were swept.
 */
import type { EpochMillis } from "../domain/Time.js"
import type { MirrorMark, MirrorNotes } from "../store/index.js"
import type { State } from "./state/State.js"

export class Marks {
  private readonly written = new Map<string, MirrorMark>()
  private readonly untold = new Map<string, MirrorMark>()
  private readonly unwritten: Array<MirrorMark> = []

  constructor(
    private readonly notes: Pick<MirrorNotes, "mark">,
    private readonly state: State,
    stored: ReadonlyArray<MirrorMark>,
    private readonly onFailure: (error: unknown) => void
  ) {
    for (const mark of stored) this.written.set(keyOf(mark), mark)
  }

  /** On disk before the write goes out. */
  noteWrite(source: string, entity: string, entityId: string, at: EpochMillis): void {
    const mark = { source, entity, entityId, at }
    this.written.set(keyOf(mark), mark)
    this.put([mark])
  }

  /** On disk before a client has the answer. */
  noteUntold(source: string, entity: string, ids: ReadonlyArray<string>, at: EpochMillis): void {
    const marks = ids.map((entityId) => ({ source, entity, entityId, at }))
    for (const mark of marks) this.untold.set(keyOf(mark), mark)
    this.put(marks)
  }

  private put(marks: ReadonlyArray<MirrorMark>): void {
    try {
      this.notes.mark(marks)
    } catch (error) {
      // The request goes on all the same: it is its program's. The mark is in memory, and follows.
      this.unwritten.push(...marks)
      this.onFailure(error)
    }
  }

  /** Writes what could not be written before; throws where it still cannot. */
  catchUp(): void {
    if (this.unwritten.length === 0) return
    this.notes.mark(this.unwritten)
    this.unwritten.length = 0
  }

  /** Those that are needed no more. */
  takeRead(): ReadonlyArray<MirrorMark> {
    return [
      ...taken(this.written, ({ entity, entityId, source }) => !this.isMarked(source, entity, entityId)),
      ...taken(this.untold, ({ at, entity, source }) => this.state.of(source, entity)?.isCompared(at) !== false)
    ]
  }

  private isMarked(source: string, entity: string, entityId: string): boolean {
    return this.state.of(source, entity)?.marks.has(entityId) === true
  }
}

const taken = (marks: Map<string, MirrorMark>, isDone: (mark: MirrorMark) => boolean): ReadonlyArray<MirrorMark> => {
  const done = [...marks].filter(([, mark]) => isDone(mark))
  for (const [key] of done) marks.delete(key)
  return done.map(([, mark]) => mark)
}

const keyOf = ({ entity, entityId, source }: MirrorMark): string => `${source} ${entity} ${entityId}`

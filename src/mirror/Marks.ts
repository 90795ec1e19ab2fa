/** Entities that were written to: on disk before the write goes out, and taken off it once they were read. */
import type { MirrorMark, MirrorNotes } from "../store/index.js"
import type { State } from "./state/State.js"

export class Marks {
  private readonly stored = new Map<string, MirrorMark>()
  private readonly unwritten: Array<MirrorMark> = []

  constructor(
    private readonly notes: MirrorNotes,
    private readonly state: State,
    stored: ReadonlyArray<MirrorMark>,
    private readonly onFailure: (error: unknown) => void
  ) {
    for (const mark of stored) this.stored.set(`${mark.source} ${mark.entity} ${mark.entityId}`, mark)
  }

  note(source: string, entity: string, entityId: string, at: number): void {
    const mark = { source, entity, entityId, at }
    this.stored.set(`${source} ${entity} ${entityId}`, mark)
    try {
      this.notes.mark(mark)
    } catch (error) {
      // The write goes out all the same: it is its program's. The mark is in memory, and follows.
      this.unwritten.push(mark)
      this.onFailure(error)
    }
  }

  /** Writes what could not be written before; throws where it still cannot. */
  catchUp(): void {
    for (let mark = this.unwritten[0]; mark !== undefined; mark = this.unwritten[0]) {
      this.notes.mark(mark)
      this.unwritten.shift()
    }
  }

  takeRead(): ReadonlyArray<MirrorMark> {
    const read = [...this.stored].filter(
      ([, { entity, entityId, source }]) => this.state.of(source, entity)?.marks.has(entityId) !== true
    )
    for (const [key] of read) this.stored.delete(key)
    return read.map(([, mark]) => mark)
  }
}

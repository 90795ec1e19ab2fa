/**
 * Changes that each cursor poller has been told. It asks for what changed since the newest stamp that it saw, so a
 * change that comes late, with an older stamp, would be lost to it for ever: what has arrived since it was last
 * answered joins its next answers, until its cursor has moved on.
 */
import type { EpochMillis } from "../../domain/Time.js"
import type { MirrorCursor } from "../../store/index.js"

interface Cursor {
  /** The time filter of its last answer from the state. */
  readonly since: number
  /** Positions of arrivals: it has taken up all before this one; its last answer had all before that one. */
  readonly acknowledged: number
  readonly answered: number
}

export class Cursors {
  /** In the database positions stand as versions: they are this process's. */
  private readonly cursors = new Map<string, Cursor>()
  private stored: ReadonlyMap<string, MirrorCursor>
  private readonly changed = new Set<string>()

  constructor(stored: ReadonlyArray<MirrorCursor>) {
    this.stored = new Map(stored.map((cursor) => [cursor.poller, cursor]))
  }

  /** Another mirror has answered meanwhile: its notes count, and none of this one's. */
  replace(stored: ReadonlyArray<MirrorCursor>): void {
    this.stored = new Map(stored.map((cursor) => [cursor.poller, cursor]))
    this.cursors.clear()
    this.changed.clear()
  }

  /**
   * The position from which on arrivals are news to the poller: its cursor has moved on where it asks from another time
   * than before. A poller that was never answered from the state has seen all at the provider so far.
   */
  newsFrom(poller: string, since: number, end: number, behind: (version: number) => number): number {
    const known = this.cursors.get(poller) ?? this.restored(poller, behind)
    if (known === null) return end
    const from = known.since === since ? known.acknowledged : known.answered
    this.cursors.set(poller, { ...known, since, acknowledged: from })
    if (known.since !== since) this.changed.add(poller)
    return from
  }

  /** An answer from the state to a question with that time filter had all arrivals before `end`. */
  answer(poller: string, since: number, end: number): void {
    const known = this.cursors.get(poller) ?? { since, acknowledged: end, answered: null }
    if (known.answered === end) return
    this.cursors.set(poller, { ...known, answered: end })
    this.changed.add(poller)
  }

  /** Cursors that have changed since the last call. */
  takeChanged(versionAt: (poller: string, position: number) => number, now: EpochMillis): ReadonlyArray<MirrorCursor> {
    const rows = [...this.changed].flatMap((poller) => {
      const cursor = this.cursors.get(poller)
      if (cursor === undefined) return []
      const { acknowledged, answered, since } = cursor
      return [
        {
          poller,
          since,
          acknowledged: versionAt(poller, acknowledged),
          answered: versionAt(poller, answered),
          at: now
        }
      ]
    })
    this.changed.clear()
    return rows
  }

  private restored(poller: string, behind: (version: number) => number): Cursor | null {
    const stored = this.stored.get(poller)
    if (stored === undefined) return null
    return {
      since: stored.since,
      acknowledged: behind(stored.acknowledged),
      answered: behind(stored.answered)
    }
  }
}

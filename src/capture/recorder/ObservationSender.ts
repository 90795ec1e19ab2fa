/** Sends one thread's observations to the recorder's thread, through the arena, and counts those that find no room. */
import type { Observation } from "../Observation.js"
import { type ArenaWriter, makeArenaWriter } from "../spool/ArenaWriter.js"
import { writeObservation } from "../spool/ObservationCodec.js"
import { cell, cellsOf } from "../spool/SharedArena.js"

export interface SendStats {
  readonly calls: number
  readonly written: number
  readonly lost: number
}

export class ObservationSender {
  private readonly writer: ArenaWriter
  private readonly cells: Int32Array
  private started = false
  private closed = false
  private sent = 0
  private lost = 0

  /** `start` is called before the first observation is sent. */
  constructor(
    arena: SharedArrayBuffer,
    private readonly isThreadDead: () => boolean,
    private readonly start: () => void
  ) {
    this.writer = makeArenaWriter(arena)
    this.cells = cellsOf(arena)
  }

  /** False when the observation is lost: no room, or no thread that would write it. */
  send(observation: Observation): boolean {
    if (this.put(observation)) {
      this.sent += 1
      return true
    }
    this.lost += 1
    Atomics.add(this.cells, cell.dropped, 1)
    return false
  }

  /** Sends a host count. No call is lost with one that finds no room. */
  sendCount(count: Observation): void {
    this.put(count)
  }

  get isClosed(): boolean {
    return this.closed
  }

  close(): void {
    this.closed = true
  }

  stats(): SendStats {
    const unwritten = Atomics.load(this.cells, cell.lost)
    const taken = Atomics.load(this.cells, cell.taken)
    return {
      calls: this.sent + this.lost,
      written: taken - unwritten,
      lost: this.lost + unwritten + (this.isThreadDead() ? this.sent - taken : 0)
    }
  }

  private put(observation: Observation): boolean {
    if (!this.started) {
      this.started = true
      this.start()
    }
    return !this.closed && !this.isThreadDead() && writeObservation(this.writer, observation)
  }
}

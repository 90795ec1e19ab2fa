/**
 * Keeps the fault of one row from others. Work on many rows is done in one transaction first. Where a row fails by
 * itself it is done again: each row in a transaction of its own, and the row that fails is set aside.
 */
import { isRowFailure } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"
import type { QueueMemory } from "./QueueMemory.js"
import type { SetAside } from "./SetAside.js"

export interface RowIsolation {
  /** Rows are isolated now: reads are made outside of any transaction. */
  readonly isOn: () => boolean
  /** The work of one row. */
  readonly ofRow: (id: number, work: () => void) => void
  /** All of it, once more where a row is why it failed. */
  readonly run: <A>(work: () => A) => A
}

export const makeRowIsolation = ({ relaxed }: InboxFile, memory: QueueMemory, aside: SetAside): RowIsolation => {
  let on = false
  const rollingBack = <A>(work: () => A): A => {
    memory.begin()
    try {
      return work()
    } catch (error) {
      memory.rollBack()
      throw error
    }
  }
  return {
    isOn: () => on,
    ofRow: (id, work) => {
      if (!on) return work()
      const mark = memory.mark()
      try {
        relaxed(work)
      } catch (error) {
        if (!isRowFailure(error)) throw error
        memory.rollBack(mark)
        aside.setAside(id, error)
      }
    },
    run: (work) => {
      try {
        return rollingBack(() => relaxed(work))
      } catch (error) {
        if (!isRowFailure(error)) throw error
      }
      on = true
      try {
        return rollingBack(work)
      } finally {
        on = false
      }
    }
  }
}

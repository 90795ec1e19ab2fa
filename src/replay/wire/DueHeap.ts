/** Callbacks by their due times, as a binary heap: equal moments come in the order in which they were put in. */
import type { EpochMillis } from "../../domain/Time.js"

export interface Due {
  readonly at: EpochMillis
  readonly order: number
  /** Running it starts nothing that is not told of. */
  readonly inert: boolean
  /** `null` once it is cancelled. */
  run: (() => void) | null
}

const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

export const push = (heap: Array<Due>, due: Due): void => {
  let index = heap.length
  heap.push(due)
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!before(due, heap[parent]!)) break
    heap[index] = heap[parent]!
    index = parent
  }
  heap[index] = due
}

export const pop = (heap: Array<Due>): Due | undefined => {
  const top = heap[0]
  const last = heap.pop()
  if (top === undefined || last === undefined || heap.length === 0) return top
  let index = 0
  for (;;) {
    let child = index * 2 + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1
    if (!before(heap[child]!, last)) break
    heap[index] = heap[child]!
    index = child
  }
  heap[index] = last
  return top
}

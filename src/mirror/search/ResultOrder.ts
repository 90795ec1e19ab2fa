/**
 * In which order a search's results stand: not documented, so it is learned. Orders that an answer of the provider
 * refutes are dropped; results are put in order only where all that are left agree.
 */
import { parseTimestamp } from "../../domain/Time.js"
import type { EntityType } from "../../providers/index.js"
import type { Fields } from "../state/Shape.js"

interface Candidate {
  readonly valueOf: (item: Fields) => number
  readonly sign: 1 | -1
}

export class ResultOrder {
  private left: ReadonlyArray<Candidate>

  constructor({ createdAtField, idField, updatedAtField }: EntityType) {
    const moment = (field: string) => (item: Fields) => parseTimestamp(item[field]) ?? Number.NaN
    const values = [moment(updatedAtField), moment(createdAtField), (item: Fields) => Number(item[idField])]
    this.left = values.flatMap((valueOf) => [
      { valueOf, sign: 1 as const },
      { valueOf, sign: -1 as const }
    ])
  }

  learn(items: ReadonlyArray<Fields>): void {
    this.left = this.left.filter(({ sign, valueOf }) =>
      items.every((item, at) => at === 0 || (valueOf(item) - valueOf(items[at - 1]!)) * sign >= 0)
    )
  }

  /** `null` where the order is not known. */
  arrange(items: ReadonlyArray<Fields>): ReadonlyArray<Fields> | null {
    if (items.length < 2) return items
    const orders = this.left.map((order) => arranged(items, order))
    const [first = null, ...others] = orders
    if (first === null) return null
    return others.every((order) => order?.every((item, at) => item === first[at])) ? first : null
  }
}

/** `null` where two stand beside each other by chance. */
const arranged = (items: ReadonlyArray<Fields>, { sign, valueOf }: Candidate): ReadonlyArray<Fields> | null => {
  const sorted = [...items].sort((a, b) => (valueOf(a) - valueOf(b)) * sign)
  return sorted.every((item, at) => at === 0 || valueOf(item) !== valueOf(sorted[at - 1]!)) ? sorted : null
}

/** Sentences on a window without calls in a recording that has some elsewhere. Pure. */
import { counted, iso } from "./Figures.js"
import type { EpochMillis } from "./Time.js"

/** First and last call of a recording. */
export interface RecordedSpan {
  readonly calls: number
  readonly from: EpochMillis
  readonly to: EpochMillis
}

/** A side that is not named is open. */
export interface NamedWindow {
  readonly from: EpochMillis | null
  readonly to: EpochMillis | null
}

/** `products`: the only ones that were asked for; empty for all. */
export const emptyWindowSentence = (
  window: NamedWindow,
  { calls, from, to }: RecordedSpan,
  products: ReadonlyArray<string> = []
): string =>
  `${products.length === 0 ? "nothing" : `no call to ${products.join(" or ")}`} was recorded${windowText(window)}; the recording has ${counted(calls, "call")}, from ${iso(from)} to ${iso(to)}`

const windowText = ({ from, to }: NamedWindow): string => {
  if (from === null) return to === null ? "" : ` before ${iso(to)}`
  return to === null ? ` from ${iso(from)} on` : ` between ${iso(from)} and ${iso(to)}`
}

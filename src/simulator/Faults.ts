/** What can go wrong between provider and receiver, as the `--faults` flag and `POST /_sim/faults` say it. */

export interface Faults {
  /** Share of deliveries that vanish on the way, with no retry. */
  readonly drop: number
  /** Share delivered twice. */
  readonly duplicate: number
  /** Share held back for up to a minute, so that later ones overtake. */
  readonly reorder: number
  /** Share held back for up to ten minutes. */
  readonly delay: number
  /** Every attempt fails while this is on. */
  readonly receiverDown: boolean
  /** Share of a bulk job's records that fail. */
  readonly bulk: number
}

export const noFaults: Faults = { drop: 0, duplicate: 0, reorder: 0, delay: 0, receiverDown: false, bulk: 0 }

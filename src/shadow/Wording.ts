/** Moments, shares and spans of time as the sentences of the live comparison say them. Pure. */
import { percent as inPercent, iso } from "../domain/Figures.js"

export { iso }

/** A share below a thousandth has one more decimal: the losses that are judged here are small. */
export const percent = (share: number): string => inPercent(share, share < 0.001 ? 2 : 1)

/** A day, an hour or some minutes, for sentences. */
export const lasting = (seconds: number): string =>
  seconds >= 172_800
    ? `${Math.round(seconds / 86_400)} days`
    : seconds >= 7_200
      ? `${Math.round(seconds / 3_600)} hours`
      : `${Math.max(1, Math.round(seconds / 60))} min`

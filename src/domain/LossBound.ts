/** Exact confidence bounds of a loss rate: binomial, by Clopper and Pearson (1934). Pure. */

/** P(at most `lost` of `changes` are lost) when each is lost with probability `rate`. */
const atMost = (lost: number, changes: number, rate: number): number => {
  if (rate <= 0) return 1
  if (rate >= 1) return lost >= changes ? 1 : 0
  let term = changes * Math.log1p(-rate)
  let sum = Math.exp(term)
  for (let k = 1; k <= lost; k++) {
    term += Math.log((changes - k + 1) / k) + Math.log(rate) - Math.log1p(-rate)
    sum += Math.exp(term)
  }
  return Math.min(1, sum)
}

/** Upper bound of the loss rate at this confidence; 1 without any change. */
export const upperLoss = (lost: number, changes: number, confidence: number): number => {
  if (changes === 0 || lost >= changes) return 1
  let [low, high] = [lost / changes, 1]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (atMost(lost, changes, middle) > 1 - confidence) low = middle
    else high = middle
  }
  return high
}

/** Lower bound of the loss rate at this confidence. */
export const lowerLoss = (lost: number, changes: number, confidence: number): number => {
  if (lost === 0) return 0
  let [low, high] = [0, lost / changes]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (1 - atMost(lost - 1, changes, middle) > 1 - confidence) high = middle
    else low = middle
  }
  return low
}

/** Changes needed, without a further loss, until the upper bound is within `tolerated`. */
export const changesNeeded = (lost: number, tolerated: number, confidence: number): number => {
  let [low, high] = [1, 64]
  while (upperLoss(lost, high, confidence) > tolerated && high < 1e9) high *= 2
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (upperLoss(lost, middle, confidence) <= tolerated) high = middle
    else low = middle + 1
  }
  return high
}

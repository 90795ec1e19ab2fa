/**
 * The first of so many places at which a condition holds that holds at all places behind it as well; else their number.
 */
export const firstPlace = (places: number, holds: (place: number) => boolean): number => {
  let [low, high] = [0, places]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

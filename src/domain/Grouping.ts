/** Values by key, in the order in which each key first came. */
export const groupBy = <A, K>(values: Iterable<A>, key: (value: A) => K): Map<K, Array<A>> => {
  const groups = new Map<K, Array<A>>()
  for (const value of values) {
    const name = key(value)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [value])
    else group.push(value)
  }
  return groups
}

/** The value under a key; a missing value is made and kept. */
export const getOrMake = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}

/** Names by their counts, the highest first; of equal counts, by name. */
export const mostFirst = (
  counts: Iterable<readonly [string, number]>
): ReadonlyArray<readonly [name: string, count: number]> =>
  [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))

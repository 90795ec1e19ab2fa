/** Maps and sets of bounded size: the entries put in first go first. */

interface Entries<Key> {
  readonly size: number
  readonly keys: () => Iterable<Key>
  readonly delete: (key: Key) => boolean
}

/** Drops the oldest entries until there are at most so many. */
export const dropOldest = <Key>(entries: Entries<Key>, most: number): void => {
  for (const oldest of entries.keys()) {
    if (entries.size <= most) return
    entries.delete(oldest)
  }
}

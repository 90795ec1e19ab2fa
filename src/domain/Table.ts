/**
 * Tables that are asked for words of strangers: an account `constructor`, a parameter `toString`. A plain object answers those with
 * what every object inherits; a table has its own entries and nothing else. Pure.
 */
export const tableOf = <A>(entries: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.assign(emptyTable<A>(), entries)

/** One to be filled; `__proto__` is a key of it like any other. */
export const emptyTable = <A>(): Record<string, A> => Object.create(null)

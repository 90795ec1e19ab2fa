/**
 * Tables that are asked for words of strangers: an account `constructor`, a parameter `toString`. A plain object answers those with
 * what every object inherits; a table has its own entries and nothing else. Pure.
 */
export const tableOf = <A>(entries: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.assign(emptyTable<A>(), entries)

/** One to be filled; `__proto__` is a key of it like any other. */
export const emptyTable = <A>(): Record<string, A> => Object.create(null)

/** Whether parsed JSON has a key `__proto__` anywhere: where objects are copied, it is dropped without a word. Nested within `maxDepth`. */
export const hasProtoKey = (json: unknown): boolean => {
  if (typeof json !== "object" || json === null) return false
  return Object.hasOwn(json, "__proto__") || Object.values(json).some(hasProtoKey)
}

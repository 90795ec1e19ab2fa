/**
 * Tables that are looked up by words of strangers: an account `constructor`, a parameter `toString`. A plain object has
 * inherited values for those; a table has its own entries only. Pure.
 */
export const tableOf = <A>(entries: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.assign(emptyTable<A>(), entries)

/** A table to be filled; `__proto__` is a key of it like any other. */
export const emptyTable = <A>(): Record<string, A> => Object.create(null)

/**
 * Whether parsed JSON, nested within `maxDepth`, has a key `__proto__` anywhere: copying objects would drop it
 * silently.
 */
export const hasProtoKey = (json: unknown): boolean => {
  if (typeof json !== "object" || json === null) return false
  return Object.hasOwn(json, "__proto__") || Object.values(json).some(hasProtoKey)
}

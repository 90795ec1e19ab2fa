/** The known name that a misspelt one probably means. */
import { closest, distance } from "fastest-levenshtein"

/** At most a third of its letters differ, or two; `null` where no known name is as near. */
export const nearestName = (name: string, known: ReadonlyArray<string>): string | null => {
  if (known.length === 0) return null
  const near = closest(name, known as Array<string>)
  return distance(name, near) <= Math.max(2, name.length / 3) ? near : null
}

/** Entities that an answer from the state shows, and the provider's answer to the same request does not. Pure. */
import type { EpochMillis } from "../../domain/Time.js"
import type { Computed } from "../ComparedAnswers.js"
import type { Question } from "../Question.js"

export const absentFrom = (
  question: Question,
  { asOf, late, more }: Pick<Computed, "asOf" | "late" | "more">,
  ids: ReadonlyArray<string>,
  theirs: ReadonlyArray<string>,
  stampAt: (place: number) => EpochMillis
): ReadonlyArray<string> => {
  const shown = new Set(theirs)
  const known = new Set(ids)
  // Entities newer than the state push as many off the end of a page that another one follows.
  const pushedOff =
    question.kind === "list" && more ? theirs.filter((id, place) => !known.has(id) && stampAt(place) > asOf).length : 0
  const kept = new Set(ids.slice(0, ids.length - pushedOff))
  return ids.filter((id) => !shown.has(id) && !late.has(id) && kept.has(id))
}

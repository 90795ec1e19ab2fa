/** An answer from the state, and the provider's own to the same request. */
import type { EpochMillis } from "../domain/Time.js"
import type { Provider } from "../providers/index.js"
import { jsonOf, type WholeAnswer } from "./Answer.js"
import { hasMore } from "./answers/Envelopes.js"
import { type Compared, type Comparing, compareAnswers } from "./Compare.js"
import type { Question } from "./Question.js"
import type { Embeds } from "./state/Embeds.js"
import type { State } from "./state/State.js"

/** An answer from the state, before it goes out. */
export interface Computed {
  readonly answer: WholeAnswer
  readonly asOf: EpochMillis
  readonly more: boolean
  readonly late: ReadonlySet<string>
  /** It is served: its later pages are of its moment, and its poller has been told what it shows. */
  readonly keep: () => void
}

/** `null` where the type is not known. */
export const comparedWith = (
  { embeds, state }: { readonly embeds: Embeds; readonly state: State },
  question: Question,
  provider: Provider,
  mine: Computed,
  theirs: WholeAnswer,
  now: EpochMillis,
  /** The outcome where embedded parts differ; without it, they are read again. */
  partsOf?: Comparing["partsOf"]
): Compared | null => {
  const { entity, source } = question
  const type = provider.entities[entity]
  if (type === undefined) return null
  const { idField } = question.kind === "told" ? question.rule : type
  const parts = "embeds" in question ? question.embeds : []
  const rows = question.kind === "search" ? state.of(source, entity)?.rows : undefined
  return compareAnswers(
    question,
    { status: 200, body: jsonOf(mine.answer), more: mine.more },
    { status: theirs.status, body: jsonOf(theirs), more: hasMore(question, theirs) },
    { idField, updatedAtField: type.updatedAtField },
    mine.asOf,
    now,
    {
      late: mine.late,
      embeds: parts.map(({ name }) => name),
      partsOf: partsOf ?? ((ours, other) => embeds.compare(source, parts, ours, other, now)),
      newestOf: rows === undefined ? null : (id) => rows.get(id)?.stamp ?? 0
    }
  )
}

/**
 * The compartments of an answer: entities that a restricted key sees together or not at all, since the fields by which
 * the product divides access have the same values. Where these are not known, each entity is one by itself. Pure.
 */
import type { EntityType } from "../../providers/index.js"
import type { Question } from "../Question.js"
import type { Fields } from "../state/Shape.js"
import type { Showing } from "./Sight.js"

const textOf = (value: unknown): string => JSON.stringify(value ?? null)

export const dividingFields = ({ dividedBy = [] }: EntityType): ReadonlyArray<string> => dividedBy

/** An entity that does not show all of the dividing fields is one by itself as well. */
export const compartmentOf = ({ dividedBy = [] }: EntityType, id: string, item: Fields): string =>
  dividedBy.length > 0 && dividedBy.every((field) => field in item)
    ? JSON.stringify(dividedBy.map((field) => item[field]))
    : id

/** The compartments that an answer with these items shows. */
export const showingOf = (question: Question, type: EntityType, items: ReadonlyArray<Fields>): Showing => {
  const { entity, kind } = question
  const idField = question.kind === "told" ? question.rule.idField : type.idField
  const ids = items.map((item) => String(item[idField]))
  const compartments = items.map((item, at) => compartmentOf(type, ids[at]!, item))
  const embeds = "embeds" in question ? question.embeds : []
  return {
    entity,
    ids,
    compartments,
    values: dividingFields(type).flatMap((field) =>
      items.flatMap((item) => (field in item ? [[field, textOf(item[field])] as const] : []))
    ),
    keys: [
      ...compartments.map((compartment) => `${kind} ${compartment}`),
      ...embeds.flatMap(({ idField: of, name }) => items.map((item) => `${kind} ${name} ${textOf(item[of])}`)),
      // Of dependants an empty answer tells of their parent.
      ...("parent" in question ? [`${kind} beneath ${question.parent.id}`] : [])
    ]
  }
}

/** Whether a rule fires on a change: by its events, its performer and its conditions. */
import type { Change } from "../WorldModel.js"
import { type ConditionSet, type Rule, type RuleEvent, ruleType } from "./RuleParsing.js"

export const fires = (rule: Rule, change: Change): boolean => {
  if (change.entity !== "ticket" || !meets(rule, change)) return false
  if (change.action === "create") return rule.type === ruleType.creation
  return (
    change.action === "update" &&
    rule.type === ruleType.updates &&
    isBy(rule, change) &&
    rule.events.some((event) => happened(event, change))
  )
}

/**
 * The performer of a change. A reply that came in is its author's, the requester's; that it fires `reply_sent` is
 * assumed.
 */
const performerOf = ({ actor, touchedBy }: Change): { readonly type: number; readonly id: unknown } => {
  const reply = touchedBy?.record
  return reply?.["incoming"] === true && reply["private"] !== true
    ? { type: 2, id: reply["user_id"] }
    : { type: actor.type === "agent" ? 1 : 2, id: actor.id }
}

const isBy = ({ performer }: Rule, change: Change): boolean =>
  performer?.type === 3 || performer?.type === performerOf(change).type

const anyValue = "--"

/** A field's change, `custom_fields.cf_x` by the field's own name; or a reply or note that moved the ticket's stamp. */
const happened = ({ field_name: name, from = anyValue, to = anyValue, value }: RuleEvent, change: Change): boolean => {
  const { after, before, fields, touchedBy } = change
  if (name === "reply_sent" || name === "note_type") {
    if (touchedBy?.entity !== "conversation") return false
    const { private: hidden, source } = touchedBy.record
    const isNote = hidden === true || source === noteSource
    return name === "reply_sent" ? !isNote : isNote && value === (hidden === true ? "private" : "public")
  }
  const field = fields.find((changed) => changed.replace("custom_fields.", "") === name)
  if (field === undefined) return false
  const valueIn = (record: Change["before"]): unknown =>
    field === name ? record?.[name] : (record?.["custom_fields"] as Change["before"])?.[name]
  const is = (wanted: unknown, actual: unknown): boolean => wanted === anyValue || String(wanted) === String(actual)
  return is(from, valueIn(before)) && is(to, valueIn(after))
}

/** A conversation's `source` where it is a note. */
export const noteSource = 2

/** Conditions on the ticket's fields, and on who performed the change, which is assumed. */
const meets = ({ conditions, operator }: Rule, change: Change): boolean => {
  const hold = conditions.map((set) => holds(set, change))
  return hold.length === 0 || (operator === "OR" ? hold.some(Boolean) : hold.every(Boolean))
}

const holds = ({ match_type: match, properties }: ConditionSet, change: Change): boolean => {
  const hold = properties.map(({ field_name: name, operator, value }) => {
    const custom = change.after["custom_fields"] as Change["before"]
    const actual = name === "performer" ? performerOf(change).id : (change.after[name] ?? custom?.[name])
    const same = String(actual) === String(value)
    return operator === "is_not" ? !same : same
  })
  return match === "any" ? hold.some(Boolean) : hold.every(Boolean)
}

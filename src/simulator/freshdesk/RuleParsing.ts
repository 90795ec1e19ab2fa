/**
 * How an automation rule is taken: a missing key is answered 500, as by the real API, a wrong value 400 (FRESHWORKS.md,
 * route 2).
 */
import { isRecord } from "../../domain/Json.js"
import { type ApiAnswer, validation } from "../Api.js"

export interface RuleEvent {
  readonly field_name: string
  readonly from?: unknown
  readonly to?: unknown
  readonly value?: unknown
}

export interface ConditionSet {
  readonly name: string
  readonly match_type: string
  readonly properties: ReadonlyArray<{
    readonly resource_type: string
    readonly field_name: string
    readonly operator: string
    readonly value: unknown
  }>
}

export interface Rule {
  readonly id: number
  readonly type: number
  readonly name: string
  readonly active: boolean
  readonly position: number
  readonly performer: { readonly type: number } | null
  readonly events: ReadonlyArray<RuleEvent>
  readonly conditions: ReadonlyArray<ConditionSet>
  /** How condition sets combine. */
  readonly operator: string
  readonly actions: ReadonlyArray<Readonly<Record<string, unknown>>>
}

type Draft = Readonly<Record<string, unknown>>

/** Types of rules: on the creation of tickets, by time, on their updates. */
export const ruleType = { creation: 1, time: 3, updates: 4 } as const

/** `taken`: the names of the other rules of this type. */
export const parseRule = (id: number, type: number, body: unknown, taken: ReadonlySet<string>): Rule | ApiAnswer => {
  const draft: Draft = isRecord(body) ? body : {}
  const lists = ["actions", "conditions", "events"].map((name) => draft[name])
  if (lists.some((list) => list !== undefined && !(Array.isArray(list) && list.every(isRecord)))) return { status: 500 }
  const [actions = [], conditions = [], events = []] = lists as ReadonlyArray<ReadonlyArray<Draft> | undefined>
  const { performer = null, position = id } = draft
  if (isIncomplete(draft, type, actions, conditions, events)) return { status: 500 }
  const wrong =
    wrongRule(draft, taken) ??
    (actions.length === 0 ? validation("actions", "It should have at least one action", "missing_field") : null) ??
    (type === ruleType.updates ? wrongUpdate(performer, events) : null) ??
    actions.filter(isWebhook).map(wrongWebhook).find(Boolean)
  return (
    wrong ??
    ({
      id,
      type,
      name: draft["name"],
      active: draft["active"] !== false,
      position,
      performer,
      events,
      conditions: conditions.filter(({ properties }) => (properties as ReadonlyArray<unknown>).length > 0),
      operator: draft["operator"] ?? "AND",
      actions
    } as unknown as Rule)
  )
}

const isWebhook = (action: Draft): boolean => action["field_name"] === "trigger_webhook"

const keys = {
  rule: ["name", "actions"],
  update: ["performer", "events"],
  event: ["field_name"],
  conditionSet: ["name", "match_type", "properties"],
  condition: ["resource_type", "field_name", "operator", "value"],
  action: ["field_name"],
  webhook: ["request_type", "url", "content_type", "content_layout", "content"]
}

const isIncomplete = (
  draft: Draft,
  type: number,
  actions: ReadonlyArray<Draft>,
  conditions: ReadonlyArray<Draft>,
  events: ReadonlyArray<Draft>
): boolean => {
  const lacks = (one: Draft, names: ReadonlyArray<string>) => names.some((name) => (one[name] ?? null) === null)
  const properties = conditions.flatMap((set) => (set["properties"] ?? []) as ReadonlyArray<Draft>)
  return (
    lacks(draft, type === ruleType.updates ? [...keys.rule, ...keys.update] : keys.rule) ||
    events.some((event) => lacks(event, keys.event)) ||
    conditions.some((set) => lacks(set, keys.conditionSet) || !Array.isArray(set["properties"])) ||
    properties.some((one) => !isRecord(one) || lacks(one, keys.condition)) ||
    actions.some((action) => lacks(action, isWebhook(action) ? [...keys.action, ...keys.webhook] : keys.action))
  )
}

const wrongRule = ({ name, operator = "AND" }: Draft, taken: ReadonlySet<string>): ApiAnswer | null => {
  if (typeof name !== "string" || name === "") return validation("name", "It should be a/an String")
  if (taken.has(name)) return validation("name", "It should be a unique value", "duplicate_value")
  return operator === "AND" || operator === "OR" ? null : validation("operator", "It should be one of AND, OR")
}

const wrongUpdate = (performer: unknown, events: ReadonlyArray<Draft>): ApiAnswer | null => {
  if (events.length === 0) return validation("events", "It should have at least one event", "missing_field")
  if (!isRecord(performer) || ![1, 2, 3].includes(performer["type"] as number))
    return validation("performer", "It should have a type of 1, 2 or 3")
  const notes = events.filter(({ field_name: name }) => name === "note_type")
  return notes.every(({ value }) => value === "public" || value === "private")
    ? null
    : validation("events", "note_type should have a value of public or private")
}

const wrongWebhook = (action: Draft): ApiAnswer | null => {
  if (action["content_type"] !== "JSON") return validation("content_type", "It should be JSON")
  if (action["content_layout"] !== "1" && action["content_layout"] !== "2")
    return validation("content_layout", "It should be one of 1, 2")
  return isRecord(action["content"]) ? null : validation("content", "It should be a/an Object")
}

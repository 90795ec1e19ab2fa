/**
 * Automation rules with a webhook action (FRESHWORKS.md, route 2): type 1 on ticket creation, 4 on ticket updates.
 * Rules do not sign; they authenticate by a header that the rule itself carries.
 */
import type { ApiAnswer } from "../Api.js"
import { type EventPush, fillTemplate } from "../EventPush.js"
import type { Change } from "../WorldModel.js"

interface Rule {
  readonly id: number
  readonly type: number
  readonly name: string
  readonly active: boolean
  readonly events: ReadonlyArray<{ readonly field_name: string }>
  readonly conditions: ReadonlyArray<unknown>
  readonly actions: ReadonlyArray<Readonly<Record<string, unknown>>>
}

export interface AutomationRules {
  readonly answer: (method: string, type: number, id: string | undefined, body: unknown) => ApiAnswer
  /** The posts of the active rules on a change. */
  readonly postsFor: (change: Change) => ReadonlyArray<EventPush>
}

const knownTypes = new Set([1, 3, 4])

export const makeAutomationRules = (): AutomationRules => {
  const rules = new Map<number, Rule>()
  let nextId = 1
  const shown = ({ type, ...rule }: Rule) => ({ ...rule, position: rule.id })

  const parse = (id: number, type: number, body: unknown): Rule | ApiAnswer => {
    const draft = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>
    const list = (name: string) => (Array.isArray(draft[name]) ? (draft[name] as Array<never>) : [])
    const problem = (field: string, message: string): ApiAnswer => ({
      status: 400,
      body: { description: "Validation failed", errors: [{ field, message, code: "missing_field" }] }
    })
    if (typeof draft["name"] !== "string" || draft["name"] === "") return problem("name", "It should be a/an String")
    if (list("actions").length === 0) return problem("actions", "It should have at least one action")
    if (type === 4 && list("events").length === 0) return problem("events", "It should have at least one event")
    const taken = [...rules.values()].some(
      (rule) => rule.name === draft["name"] && rule.type === type && rule.id !== id
    )
    if (taken) return problem("name", "It should be a unique value")
    return {
      id,
      type,
      name: draft["name"],
      active: draft["active"] !== false,
      events: list("events"),
      conditions: list("conditions"),
      actions: list("actions")
    }
  }

  return {
    answer: (method, type, id, body) => {
      if (!knownTypes.has(type)) return { status: 404 }
      if (id === undefined) {
        if (method === "GET")
          return { status: 200, body: [...rules.values()].filter((rule) => rule.type === type).map(shown) }
        if (method !== "POST") return { status: 405 }
        const made = parse(nextId, type, body)
        if ("status" in made) return made
        nextId += 1
        rules.set(made.id, made)
        return { status: 201, body: shown(made) }
      }
      const rule = rules.get(Number(id))
      if (rule === undefined || rule.type !== type) return { status: 404 }
      if (method === "GET") return { status: 200, body: shown(rule) }
      if (method === "DELETE") {
        rules.delete(rule.id)
        return { status: 204 }
      }
      if (method !== "PUT") return { status: 405 }
      const changed = parse(rule.id, type, { ...rule, ...(body as object) })
      if ("status" in changed) return changed
      rules.set(rule.id, changed)
      return { status: 200, body: shown(changed) }
    },
    postsFor: (change) => {
      if (change.entity !== "ticket" || change.action === "delete") return []
      const type = change.action === "create" ? 1 : 4
      return [...rules.values()]
        .filter(
          (rule) => rule.active && rule.type === type && (type === 1 || watches(rule, change)) && meets(rule, change)
        )
        .flatMap((rule) => rule.actions.filter((action) => action["field_name"] === "trigger_webhook"))
        .map((action) => ({
          event: `ticket_${change.action}`,
          route: "rule" as const,
          url: String(action["url"]),
          headers: {
            "content-type": "application/json",
            ...((action["custom_headers"] as Record<string, string> | undefined) ?? {})
          },
          body: fill(action, change)
        }))
    }
  }
}

/** A rule can watch any field that it names; `custom_fields.cf_x` by the field's own name. */
const watches = (rule: Rule, change: Change): boolean => {
  const names = new Set(change.fields.flatMap((field) => [field, field.replace("custom_fields.", "")]))
  return rule.events.some((event) => names.has(event.field_name))
}

/** Conditions on the ticket's fields, and on who performed the change. */
const meets = (rule: Rule, change: Change): boolean =>
  (
    rule.conditions as ReadonlyArray<{ match_type?: string; properties?: ReadonlyArray<Record<string, unknown>> }>
  ).every(({ match_type: match, properties = [] }) => {
    const hold = properties.map(({ field_name: name, operator, value }) => {
      const actual = name === "performer" ? change.actor.id : change.after[String(name)]
      const same = String(actual) === String(value)
      return operator === "is_not" ? !same : same
    })
    return hold.length === 0 || (match === "any" ? hold.some(Boolean) : hold.every(Boolean))
  })

const fill = (action: Readonly<Record<string, unknown>>, change: Change): string => {
  if (action["content_layout"] === "advanced" || typeof action["content"] === "string")
    return fillTemplate(String(action["content"]), change)
  const value = (name: string): unknown =>
    name === "url" ? `https://acme.freshdesk.com/a/tickets/${change.id}` : change.after[name]
  const names = Array.isArray(action["content"]) ? (action["content"] as Array<string>) : ["id"]
  return JSON.stringify({
    freshdesk_webhook: Object.fromEntries(names.map((name) => [`ticket_${name}`, value(name) ?? null]))
  })
}

/**
 * Automation rules with a webhook action (FRESHWORKS.md, route 2): type 1 on ticket creation, 4 on ticket updates.
 * Rules do not sign; they authenticate by a header that the rule itself carries.
 */
import type { ApiAnswer } from "../Api.js"
import type { EntityId } from "../Entity.js"
import { type EventPush, fillTemplate } from "../EventPush.js"
import type { Change } from "../WorldModel.js"
import { fires } from "./RuleFiring.js"
import { parseRule, type Rule, ruleType } from "./RuleParsing.js"

export interface AutomationRules {
  readonly answer: (method: string, type: number, id: string | undefined, body: unknown) => ApiAnswer
  /** The posts of the active rules on a change. */
  readonly postsFor: (change: Change) => ReadonlyArray<EventPush>
  /** The account's admin removes a ticket field: rules that name it fire no more. */
  readonly removeField: (name: string) => void
}

const knownTypes: ReadonlySet<number> = new Set(Object.values(ruleType))

export const makeAutomationRules = (): AutomationRules => {
  const rules = new Map<number, Rule>()
  const affected = new Map<number, Set<EntityId>>()
  const removed = new Set<string>()
  let nextId = 1

  const isOutdated = ({ conditions, events }: Rule): boolean =>
    [...events, ...conditions.flatMap(({ properties }) => properties)].some(({ field_name: name }) => removed.has(name))
  const shown = (rule: Rule) => {
    const { conditions, type, ...rest } = rule
    return {
      ...rest,
      conditions: conditions.length > 0 ? conditions : [{ name: "condition_set_1", match_type: "all", properties: [] }],
      affected_tickets_count: affected.get(rule.id)?.size ?? 0,
      outdated: isOutdated(rule)
    }
  }
  const made = (id: number, type: number, body: unknown, keep: (rule: Rule) => ApiAnswer): ApiAnswer => {
    const others = [...rules.values()].filter((rule) => rule.type === type && rule.id !== id)
    const parsed = parseRule(id, type, body, new Set(others.map(({ name }) => name)))
    return "status" in parsed ? parsed : keep(parsed)
  }

  return {
    answer: (method, type, id, body) => {
      if (!knownTypes.has(type)) return { status: 404 }
      if (id === undefined) {
        if (method === "GET")
          return { status: 200, body: [...rules.values()].filter((rule) => rule.type === type).map(shown) }
        if (method !== "POST") return { status: 405 }
        return made(nextId, type, body, (rule) => {
          nextId += 1
          rules.set(rule.id, rule)
          return { status: 201, body: shown(rule) }
        })
      }
      const rule = rules.get(Number(id))
      if (rule === undefined || rule.type !== type) return { status: 404 }
      if (method === "GET") return { status: 200, body: shown(rule) }
      if (method === "DELETE") {
        rules.delete(rule.id)
        return { status: 204 }
      }
      if (method !== "PUT") return { status: 405 }
      return made(rule.id, type, { ...rule, ...(body as object) }, (changed) => {
        rules.set(rule.id, changed)
        return { status: 200, body: shown(changed) }
      })
    },
    postsFor: (change) =>
      [...rules.values()]
        .filter((rule) => rule.active && !isOutdated(rule) && fires(rule, change))
        .flatMap((rule) => {
          affected.set(rule.id, (affected.get(rule.id) ?? new Set()).add(change.id))
          return rule.actions.filter((action) => action["field_name"] === "trigger_webhook")
        })
        .map((action) => ({
          event: `ticket_${change.action}`,
          route: "rule" as const,
          url: String(action["url"]),
          headers: {
            "content-type": "application/json",
            ...((action["custom_headers"] as Record<string, string> | undefined) ?? {})
          },
          body: bodyOf(action, change)
        })),
    removeField: (name) => void removed.add(name)
  }
}

/** Layout "2" is sent as it is written, "1" beneath `freshdesk_webhook`; placeholders are filled in. */
const bodyOf = (action: Readonly<Record<string, unknown>>, change: Change): string => {
  const { content, content_layout: layout } = action
  return fillTemplate(JSON.stringify(layout === "1" ? { freshdesk_webhook: content } : content), change)
}

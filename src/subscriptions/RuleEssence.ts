/**
 * The parts of an automation rule that decide what it does, in one canonical form: drift is a difference in them. Keys
 * that the provider adds are left out, and so is the token, which is never kept or compared. Pure.
 */
import { canonicalJson } from "../domain/CanonicalJson.js"
import { isRecord } from "../domain/Json.js"
import { parseUntrustedJson } from "../domain/UntrustedJson.js"
import type { AutomationRuleDraft } from "../providers/clients.js"

type Properties = Readonly<Record<string, unknown>>

export const ruleEssence = (rule: AutomationRuleDraft): string => {
  const conditions = (rule.conditions ?? []).flatMap(conditionSet)
  return canonicalJson({
    // A rule that names a field that is gone does not fire, whatever else it says.
    outdated: rule.outdated === true,
    performer: rule.performer?.type ?? null,
    events: (rule.events ?? []).map(eventOf).sort(),
    conditions,
    operator: conditions.length > 1 ? (rule.operator ?? "AND") : null,
    actions: rule.actions.map(actionOf)
  })
}

/** The marks for "any value" are the same as none. */
const eventOf = (event: Properties): string =>
  canonicalJson(picked(event, ["field_name", "from", "to", "value"], (value) => value !== "--"))

/** A rule that was made without conditions is answered with one empty set. */
const conditionSet = (set: Properties): ReadonlyArray<unknown> => {
  const properties = Array.isArray(set["properties"]) ? set["properties"].filter(isRecord) : []
  if (properties.length === 0) return []
  const conditions = properties.map((one) => picked(one, ["resource_type", "field_name", "operator", "value"]))
  return [{ match: properties.length > 1 ? (set["match_type"] ?? "all") : null, conditions }]
}

const actionOf = (action: Properties): unknown => {
  const { content, custom_headers: headers } = action
  return {
    ...picked(action, ["field_name", "request_type", "url", "content_type", "content_layout", "value"]),
    content: typeof content === "string" ? contentOf(content) : (content ?? null),
    headers: isRecord(headers) ? Object.keys(headers).sort() : []
  }
}

/** An object that was sent may be answered as its text. */
const contentOf = (text: string): unknown => {
  try {
    return parseUntrustedJson(text)
  } catch {
    return text
  }
}

const picked = (from: Properties, names: ReadonlyArray<string>, keep: (value: unknown) => boolean = () => true) =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = from[name]
      return value === undefined || value === null || !keep(value) ? [] : [[name, value] as const]
    })
  )

/** The posts of a change: the installed app's, signed, and those of workflows, from their pasted templates. */
import { createHmac } from "node:crypto"
import { isRecord } from "../domain/Json.js"
import type { Provider, Route } from "../providers/index.js"
import type { Change, WorldModel } from "./WorldModel.js"

export interface AppInstall {
  readonly product: string
  readonly url: string
  readonly secret: string
  readonly events: ReadonlyArray<string>
}

/** A set-up from the admin pages: one workflow for one event, or the product's own webhook. */
export interface WorkflowSetUp {
  readonly product: string
  readonly url: string
  /** The route whose allowance it uses; `ui` unless it is a rule. */
  readonly route?: Route
  readonly events: ReadonlyArray<string>
  /** The header that it sends, and its value; a product that signs by itself needs none. */
  readonly header?: string
  readonly secret?: string
  /** By event: the body as pasted, with `{{ticket.id}}` placeholders. */
  readonly bodies?: Readonly<Record<string, string>>
  /** By event: the fields that it watches; any change fires where none is named. */
  readonly watches?: Readonly<Record<string, ReadonlyArray<string>>>
}

/** A post to be made. */
export interface Push {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A post with its event and route. */
export interface EventPush extends Push {
  readonly event: string
  readonly route: Route
}

/** An app posts the entity without the fields that the product's payload leaves out, and signs the body. */
export const appPush = (
  { secret, url }: AppInstall,
  event: string,
  change: Change,
  { provider, pushed }: WorldModel,
  account: string
): EventPush => {
  const { notPushed } = provider.entities[change.entity]!
  const carried = pushed === undefined ? change.after : pushed(change.entity, change.after)
  const snapshot = Object.fromEntries(Object.entries(carried).filter(([name]) => !notPushed.has(name)))
  const body = JSON.stringify({
    event,
    entity: change.entity,
    id: change.id,
    updated_at: change.updatedAt,
    occurred_at: change.at,
    account,
    actor: change.actor,
    changed: change.action === "update" ? [...new Set(change.fields.map(topLevel))] : null,
    snapshot
  })
  const signature = createHmac("sha256", secret).update(body).digest("hex")
  return {
    event,
    route: "app",
    url,
    headers: { "content-type": "application/json", "x-freshworks-signature": signature },
    body
  }
}

/** Payloads tell of custom fields under one name. */
const topLevel = (field: string): string => field.split(".")[0]!

/**
 * The workflow's post for a change; `null` if it does not watch it. A stamp that moved by itself is not a change to it,
 * unless its route fires on the dependant that moved it.
 */
export const workflowPush = (workflow: WorkflowSetUp, change: Change, provider: Provider): EventPush | null => {
  const { bodies, events, header, route = "ui", secret, url } = workflow
  if (change.action === "update" && change.fields.length === 0 && !firesOnTouch(provider, route, change)) return null
  const event = `${change.entity}_${change.action}`
  const template = events.includes(event) ? bodies?.[event] : undefined
  if (template === undefined || !isWatched(workflow.watches?.[event] ?? [], change, provider, route)) return null
  return {
    event,
    route,
    url,
    headers: { "content-type": "application/json", ...(header === undefined ? {} : { [header]: secret ?? "" }) },
    body: fillTemplate(template, change)
  }
}

/** An update of a field that is watched, or a dependant's coming of a kind that is. */
const isWatched = (
  watched: ReadonlyArray<string>,
  { action, entity, fields, touchedBy }: Change,
  provider: Provider,
  route: Route
): boolean => {
  if (watched.length === 0 || action !== "update") return true
  if (fields.length > 0) return fields.some((field) => watched.includes(field.replace(/^custom_fields\./, "")))
  const kinds = provider.routes[route]?.[entity]?.onDependants?.[touchedBy?.entity ?? ""] ?? []
  return kinds.some((kind) => watched.includes(kind))
}

const firesOnTouch = (provider: Provider, route: Route, { entity, touchedBy }: Change): boolean =>
  touchedBy !== null && provider.routes[route]?.[entity]?.onDependants?.[touchedBy.entity] !== undefined

/** `{{ticket.subject}}` and the like; a missing field becomes empty text, as in the products. */
export const fillTemplate = (template: string, change: Change): string =>
  template.replace(/\{\{([a-z_]+)\.([a-z_]+)\}\}/g, (_, entity: string, name: string) => {
    if (entity !== change.entity) return ""
    const value = name === "id" || name === "id_numeric" ? change.id : change.after[name]
    if (value === undefined || value === null) return ""
    return isRecord(value) || Array.isArray(value) ? "" : JSON.stringify(String(value)).slice(1, -1)
  })

/** Makes a `Provider` of a description: data for every rule that reads a provider. Pure. */
import { eventName } from "../../domain/Event.js"
import { toWholeSecondIso } from "../../domain/Time.js"
import { briefPolicy, byTimeFilter, byWholeList, entityType, get, writes } from "../CatalogueParts.js"
import type { CatalogueEndpoint, Provider, RouteCoverage, SweepRule } from "../Provider.js"
import type { Description } from "./Description.js"

const hostPattern = (hosts: ReadonlyArray<string>): RegExp =>
  new RegExp(`(?:^|\\.)(?:${hosts.map((host) => host.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})$`, "i")

type Entity = Description["entities"][string]

/** Sweeps by time between two whole readings, where only those show deletions. */
const wholeEvery = 24

const sweepOf = ({ timeFilter, mirror }: NonNullable<Entity["list"]>, perPage: number): SweepRule => {
  if (timeFilter === undefined) return byWholeList(perPage)
  const deleted = mirror?.deleted
  const rule = byTimeFilter(perPage, "filtered", typeof deleted === "object" ? ["deleted"] : [])
  return deleted === "absent" ? { ...rule, wholeEvery } : rule
}

/** An entity is written to at its own path; many APIs change one by PATCH. */
const writesOf = (base: string, name: string, { path }: { path: string }, item: string | undefined) => {
  const [created] = writes(base + path, name)
  const own = base + (item ?? `${path}/{number}`)
  const changed = (method: string): CatalogueEndpoint => ({ method, template: own, entity: name, kind: "write" })
  return [created!, ...["PUT", "PATCH", "DELETE"].map(changed)]
}

export const describe = (description: Description): Provider => {
  const { base, paging, webhook } = description
  const entities = Object.entries(description.entities)
  const coverage: Record<string, RouteCoverage> = {}
  for (const [name, { pushes }] of entities) {
    if (pushes === undefined) continue
    const event = (action: "create" | "update" | "delete") =>
      pushes.actions.includes(action) ? eventName(name, action) : null
    coverage[name] = {
      create: event("create"),
      update: event("update"),
      delete: event("delete"),
      updateFields: pushes.fields === "all" ? "all" : new Set(pushes.fields)
    }
  }
  return {
    product: description.name,
    pathPrefixes: [""],
    hosts: hostPattern(description.hosts),
    defaultScheme: description.auth,
    entities: Object.fromEntries(
      entities.map(([name, { createdAt, id, updatedAt }]) => [
        name,
        entityType(name, { idField: id, updatedAtField: updatedAt, createdAtField: createdAt })
      ])
    ),
    customFieldsAt: null,
    stamp: toWholeSecondIso,
    endpoints: entities.flatMap(([name, { item, list, search }]) => [
      ...(list === undefined
        ? []
        : [
            get(base + list.path, name, "list", {
              ...(list.itemsAt === undefined ? {} : { itemsAt: list.itemsAt }),
              ...(list.timeFilter === undefined ? {} : { timeFilter: list.timeFilter })
            }),
            ...writesOf(base, name, list, item)
          ]),
      ...(item === undefined ? [] : [get(base + item, name, "item")]),
      ...(search === undefined
        ? []
        : [get(base + search.path, name, "search", search.itemsAt === undefined ? {} : { itemsAt: search.itemsAt })])
    ]),
    routes: webhook === undefined ? {} : { ui: coverage },
    sweeps: Object.fromEntries(
      entities.flatMap(([name, { list }]) => (list === undefined ? [] : [[name, sweepOf(list, paging.maxPerPage)]]))
    ),
    appEvents: {},
    runbook:
      webhook === undefined
        ? null
        : {
            place: webhook.place,
            steps: [
              "add a webhook with the URL {url}, content type application/json, and the webhook secret",
              "choose the events: {events}",
              "save, and edit one {entity}: subscriptions status shows it active once the delivery is verified"
            ],
            body: null
          },
    allowances: {},
    plans: Object.fromEntries(
      Object.entries(description.limits).map(([name, limit]) => [name, { ...limit, endpoints: {} }])
    ),
    embedCost: { item: 0, list: 0 },
    deliveryPolicies: { brief: briefPolicy },
    pageCeiling: paging.ceiling,
    maxPerPage: paging.maxPerPage,
    described: description
  }
}

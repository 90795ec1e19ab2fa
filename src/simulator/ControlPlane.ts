/** The control plane: the truth, the calls, and changes, faults and installs on demand. The real service has none. */
import type { Action } from "../domain/Event.js"
import { iso } from "../domain/Figures.js"
import { isRecord } from "../domain/Json.js"
import { type ApiAnswer, asFields } from "./Api.js"
import type { Faults } from "./Faults.js"
import type { SimulatedProduct } from "./Product.js"

const isTexts = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((one) => typeof one === "string")

const bad = (message: string): ApiAnswer => ({ status: 400, body: { message } })

export const makeControlPlane = (
  products: ReadonlyArray<SimulatedProduct>,
  keys: { readonly revoked: Set<string>; readonly restricted: Set<string> },
  setFaults: (faults: Partial<Faults>) => Faults
): ((method: string, path: string, body: unknown) => ApiAnswer) => {
  const named = (name: unknown): SimulatedProduct | undefined =>
    name === undefined ? products[0] : products.find(({ provider }) => provider.product === name)

  const changes = (wanted: ReadonlyArray<unknown>): ApiAnswer => {
    const body: Array<unknown> = []
    for (const one of wanted) {
      const { action, entity, fields, id, product } = asFields(one)
      const world = named(product)?.world
      const model = world?.model.entities[String(entity)]
      if (world === undefined || model === undefined)
        return bad(`there is no ${String(entity)} in ${String(product ?? products[0]!.provider.product)} here`)
      const key = typeof id === "number" || typeof id === "string" ? id : null
      const made = world.change(String(entity), action as Action, key, asFields(fields))
      body.push(
        made === null
          ? null
          : { id: made[model.idField], updated_at: made[model.updatedAtField ?? model.createdAtField] }
      )
    }
    return { status: 200, body }
  }

  const install = (body: unknown): ApiAnswer => {
    const { bodies, events, header, product, route, secret, url } = asFields(body)
    const target = named(product)
    if (target === undefined) return bad(`${String(product)} is not simulated here`)
    if (typeof url !== "string" || !URL.canParse(url) || !Array.isArray(events))
      return bad("send {product, url, secret, events:[…]}")
    if (route === "ui") {
      if (target.setUpWebhook !== null) return { status: 201, body: { installed: true, ...target.setUpWebhook(url) } }
      target.deliveries.setUp({
        product: target.provider.product,
        url,
        events: events as Array<string>,
        ...(typeof header === "string" ? { header } : {}),
        ...(typeof secret === "string" ? { secret } : {}),
        ...(isRecord(bodies) ? { bodies: bodies as Record<string, string> } : {})
      })
      return { status: 201, body: { installed: true } }
    }
    if (typeof secret !== "string") return bad("send {product, url, secret, events:[…]}")
    target.deliveries.install({ product: target.provider.product, url, secret, events: events as Array<string> })
    return { status: 201, body: { installed: true } }
  }

  /** Ticket fields that are gone from now on: a rule that names one is outdated. */
  const removeFields = (body: unknown): ApiAnswer => {
    const { removeField = null } = products.find((product) => product.removeField !== null) ?? {}
    if (removeField === null) return bad("no product with automation rules is simulated here")
    if (!isTexts(body)) return bad('send an array of field names: ["cf_region"]')
    for (const name of body) removeField(name)
    return { status: 200, body }
  }

  /** Keys that are refused, or see a part of the account only, from now on. */
  const changeKeys = (body: unknown): ApiAnswer => {
    const { restrict = [], revoke = [], ...others } = asFields(body)
    if (!isTexts(revoke) || !isTexts(restrict) || Object.keys(others).length > 0)
      return bad('send {"revoke":[…],"restrict":[…]}, each an array of keys')
    for (const key of revoke) keys.revoked.add(key)
    for (const key of restrict) keys.restricted.add(key)
    // Keys are secrets: how many, not which.
    return { status: 200, body: { revoked: keys.revoked.size, restricted: keys.restricted.size } }
  }

  return (method, path, body) => {
    switch (`${method} ${path}`) {
      case "GET /_sim/truth":
        return {
          status: 200,
          body: products
            .flatMap(({ world }) => world.truth)
            .sort((a, b) => a.at - b.at)
            .map(({ action, at, entity, fields, id, product, updatedAt }) => ({
              at: iso(at),
              product,
              entity,
              id,
              action,
              updated_at: updatedAt,
              fields
            }))
        }
      case "GET /_sim/calls": {
        const calls = products.flatMap((product) => product.calls())
        return { status: 200, body: { total: calls.reduce((sum, line) => sum + line.count, 0), calls } }
      }
      case "GET /_sim/apps":
        return {
          status: 200,
          body: products.flatMap(({ deliveries }) => deliveries.installed().map(({ secret, ...app }) => app))
        }
      case "POST /_sim/changes":
        return Array.isArray(body)
          ? changes(body)
          : bad("send an array of changes: [{product, entity, id?, action, fields?}]")
      case "POST /_sim/faults":
        return { status: 200, body: setFaults(asFields(body) as Partial<Faults>) }
      case "POST /_sim/apps":
        return install(body)
      case "POST /_sim/keys":
        return changeKeys(body)
      case "POST /_sim/removed-fields":
        return removeFields(body)
      default:
        return {
          status: 404,
          body: {
            message:
              "the control plane has GET /_sim/truth, /_sim/calls, /_sim/apps and POST /_sim/changes, /_sim/faults, /_sim/apps, /_sim/keys, /_sim/removed-fields"
          }
        }
    }
  }
}

/** Requests to a simulated product in this thread, with a key in the product's own scheme. */
import type { ApiAnswer } from "../../src/simulator/Api.js"
import type { SimulatedProduct } from "../../src/simulator/Product.js"

type Row = Readonly<Record<string, unknown>>

export interface Asking {
  readonly get: (path: string) => ApiAnswer
  readonly send: (method: string, path: string, body?: unknown) => ApiAnswer
  /** The items of a list, under a name where the product wraps them. */
  readonly rows: (path: string, name?: string) => ReadonlyArray<Row>
}

export const asking = (product: SimulatedProduct, key = "k"): Asking => {
  const schemes = { basic: `Basic ${Buffer.from(`${key}:X`).toString("base64")}`, token: `Token token=${key}` }
  const { defaultScheme: scheme, pathPrefixes } = product.provider
  const authorization = scheme === "basic" || scheme === "token" ? schemes[scheme] : `Bearer ${key}`
  const send: Asking["send"] = (method, path, body) => {
    const url = new URL(pathPrefixes[0] + path, "https://acme.example")
    return product.handle({
      method,
      path: url.pathname,
      query: url.searchParams,
      body,
      authorization,
      origin: url.origin
    })
  }
  const get = (path: string) => send("GET", path)
  return {
    get,
    send,
    rows: (path, name) => {
      const { body, status } = get(path)
      if (status !== 200) throw new Error(`${path} was answered ${status}: ${JSON.stringify(body)}`)
      return (name === undefined ? body : (body as Row)[name]) as ReadonlyArray<Row>
    }
  }
}

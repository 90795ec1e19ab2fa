/** Reads lists of the simulated APIs to their end, by each product's own way; an item is a list of one. */
import { isRecord } from "../../src/domain/Json.js"

type Fields = Readonly<Record<string, unknown>>

export const readPages = (
  get: (path: string, query: URLSearchParams) => unknown,
  product: string,
  path: string,
  query: Readonly<Record<string, string>>,
  /** Of a product of one's own: the parameters' names, and the size of a page. */
  own?: { readonly page: string; readonly perPage: string; readonly size: number }
): ReadonlyArray<Fields> => {
  const all: Array<Fields> = []
  const size = own?.size ?? (product === "freshchat" ? 20 : product === "freshsales" ? 25 : 100)
  const name = own?.perPage ?? (product === "freshchat" ? "items_per_page" : "per_page")
  for (let page = 1; ; page++) {
    const body = get(path, new URLSearchParams({ ...query, [name]: String(size), [own?.page ?? "page"]: String(page) }))
    const items = Array.isArray(body) ? body : isRecord(body) ? Object.values(body).find(Array.isArray) : []
    // An item has lists of its own.
    if (isRecord(body) && (body["conversation_id"] !== undefined || body["id"] !== undefined)) return [body]
    all.push(...((items ?? []) as Array<Fields>))
    // A user's conversations have no pages.
    if (items === undefined || items.length < size || path.endsWith("/conversations")) return all
  }
}
